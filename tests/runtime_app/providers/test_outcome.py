"""The table of outcomes is whole, and its page says the same."""

from runtime_app.providers import outcome
from runtime_app.providers.outcome import FAILURES, MEANINGS, Outcome


def test_every_outcome_has_its_meaning():
    assert set(MEANINGS) == set(Outcome)


def test_only_an_answer_is_no_failure():
    assert set(Outcome) - set(FAILURES) == {Outcome.SUCCESS, Outcome.SLOW_SUCCESS}


def test_what_may_have_been_paid_is_never_made_again():
    assert not MEANINGS[Outcome.UNKNOWN].retryable
    assert MEANINGS[Outcome.UNKNOWN].executed == "maybe"


def test_the_printed_table_says_what_the_literal_one_says():
    rows = [line.strip("|").split("|") for line in (outcome.__doc__ or "").splitlines()[5:]]
    printed = {
        name.strip(): (executed.strip(), retry.strip() == "yes")
        for name, _, executed, retry in (row for row in rows[2:] if len(row) == 4)
    }
    assert printed == {
        name.value: (meaning.executed, meaning.retryable) for name, meaning in MEANINGS.items()
    }
