import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import FAILURES, MEANINGS, Outcome


@pytest.mark.parametrize("outcome", FAILURES)
def test_an_outcome_decides_what_follows(outcome):
    error = ProviderError(outcome, "what was expected, what was found")
    assert error.retryable is MEANINGS[outcome].retryable
    assert error.maybe_executed is (MEANINGS[outcome].executed != "no")
    assert str(error) == error.message
    assert error.retry_after_s is None


def test_a_failure_in_the_middle_of_an_answer_may_say_that_it_was_executed():
    assert not ProviderError(Outcome.THROTTLED, "later").maybe_executed
    assert ProviderError(Outcome.THROTTLED, "later", maybe_executed=True).maybe_executed
