"""A secret may be cut over the pieces of a stream, at any place."""

import random

import pytest

from runtime_app.sanitizer import Profile
from tests.corpora.sanitizer.planted import named, shaped
from tests.corpora.sanitizer.prose import prose

PLANTED = [secret for _, secret in shaped(2)]
ASSIGNED = [f'a {name} {{"{name}": "{secret}"}} b' for _, name, secret in named(1)]
TEXTS = [
    *(f"so: {secret} and on" for secret in PLANTED),
    *(f"Bearer {secret}" for secret in PLANTED[::4]),
    *ASSIGNED,
    "Cookie: a=b1; c=d; e=f\nand so on",
    "postgresql://owner:word1word@db.example.org/x?code=abcdefgh1&sig=abc;",
    "mail anna@example.org or +49 170 1234567, pay 4111 1111 1111 1111 12/28",
    "pay DE89 3704 0044 0532 0130 00.",
    "[redacted:secret:k:abcdefgh] password: [redacted:secret:k:abcdefgh]",
    "mnemonic: a device that helps; password: required; token by token",
    "lines that begin with -----BEGIN PRIVATE KEY----- are cut",
]


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("text", TEXTS)
def test_cut_anywhere_it_comes_out_as_the_whole_would(sanitizer, text, profile):
    whole = sanitizer.text(text, profile)
    for at in range(len(text) + 1):
        scanner = sanitizer.stream(profile)
        pieces = scanner.feed(text[:at]), scanner.feed(text[at:]), scanner.end()
        assert "".join(pieces) == whole, text[:at]


@pytest.mark.parametrize("profile", Profile)
def test_so_it_does_in_many_pieces(sanitizer, profile):
    rng = random.Random(1)
    for text in TEXTS:
        whole = sanitizer.text(text, profile)
        for longest in (1, 2, 5, 17):
            scanner, out, at = sanitizer.stream(profile), [], 0
            while at < len(text):
                size = rng.randint(1, longest)
                out.append(scanner.feed(text[at : at + size]))
                at += size
            assert "".join([*out, scanner.end()]) == whole


def test_other_text_is_not_delayed(sanitizer):
    late = 0
    for _, sentence in list(prose())[::10]:
        scanner, given, shown = sanitizer.stream(), 0, 0
        for word in sentence.split(" "):
            given += len(word) + 1
            shown += len(scanner.feed(word + " "))
            late += given - shown
        assert shown + len(scanner.end()) == given
    assert late == 0


def test_what_is_held_back_is_at_most_8_kib_and_nothing_of_it_is_shown(sanitizer):
    scanner = sanitizer.stream()
    out = [scanner.feed("so: password="), *(scanner.feed("ab1" * 100) for _ in range(100))]
    out += [scanner.feed(" and on"), scanner.end()]
    text = "".join(out)
    assert text.startswith("so: password=[redacted:secret:k:")
    assert text.endswith("] and on")
    assert "ab1" not in text
    assert next(index for index, piece in enumerate(out) if "redacted" in piece) < 30


def test_a_key_that_never_ends_is_dropped_up_to_its_end(sanitizer):
    dashes = "-" * 5
    scanner = sanitizer.stream()
    out = scanner.feed(f"{dashes}BEGIN PRIVATE KEY{dashes}\n")
    for _ in range(300):
        out += scanner.feed("ABCDabcd0123+/xy" * 4 + "\n")
    out += scanner.feed(f"{dashes}EN") + scanner.feed(f"D PRIVATE KEY{dashes}\nbye")
    assert "ABCD" not in out + (rest := scanner.end())
    assert (out + rest).endswith("bye")


def test_a_scanner_can_be_used_for_the_next_part(sanitizer):
    scanner = sanitizer.stream()
    assert scanner.feed("password: ") + scanner.end() == "password: "
    assert scanner.feed("hunter2") + scanner.end() == "hunter2"
