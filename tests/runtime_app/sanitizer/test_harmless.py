"""What must never change: over 5,000 strings that are no secrets, many of them about secrets."""

from runtime_app.sanitizer import Profile
from tests.corpora.sanitizer.identifiers import identifiers
from tests.corpora.sanitizer.prose import LINES, prose
from tests.corpora.sanitizer.technical import technical

CORPUS = [*identifiers(), *technical(), *prose()]
#: What the private profile takes out of the corpus all the same, and why nothing is done about it.
TAKEN = {"2353210863000000": "microseconds of a day in 2044, and a card number as well"}


def test_the_corpus_is_as_large_and_as_varied_as_it_says():
    assert len(CORPUS) >= 5_000
    assert sum(1 for name, _ in CORPUS if len(name) == 2) == 5 * LINES
    assert len({text for _, text in CORPUS}) >= 4_900


def test_not_one_string_is_altered_by_the_profile_for_secrets(sanitizer):
    altered = [(name, text) for name, text in CORPUS if sanitizer.text(text) is not text]
    assert altered == []


def test_nor_as_a_value_or_a_key_of_a_payload(sanitizer):
    for _, text in CORPUS:
        payload = {"text": [text, {"of": text}], "at": 1}
        assert sanitizer.value(payload) is payload
    for _, text in identifiers():
        payload = {text: [1, None, True, "x"]}
        assert sanitizer.value(payload) is payload


def test_at_most_two_in_a_thousand_are_altered_by_the_private_profile(sanitizer):
    altered = {text for _, text in CORPUS if sanitizer.text(text, Profile.PRIVATE) != text}
    assert altered == set(TAKEN)
    assert len(altered) <= len(CORPUS) * 2 / 1000
