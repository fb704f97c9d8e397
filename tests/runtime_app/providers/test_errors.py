import pytest

from runtime_app.providers.errors import NEVER_EXECUTED, RETRYABLE, ProviderError


@pytest.mark.parametrize("kind", RETRYABLE)
def test_a_kind_decides_whether_a_retry_may_help(kind):
    error = ProviderError(kind, "what was expected, what was found")
    assert error.retryable is RETRYABLE[kind]
    assert error.maybe_executed is (kind not in NEVER_EXECUTED)
    assert str(error) == error.message
    assert error.retry_after_s is None


def test_a_failure_to_connect_may_say_that_nothing_was_executed():
    assert ProviderError("unavailable", "no route", maybe_executed=False).maybe_executed is False
