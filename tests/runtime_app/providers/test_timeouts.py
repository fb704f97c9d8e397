import pytest

from runtime_app.providers.timeouts import Patience, ProviderTimeouts

LIMITS = ProviderTimeouts(connect_s=5, first_token_s=30, between_tokens_s=20, total_s=300)


@pytest.mark.parametrize("name", ["connect_s", "first_token_s", "between_tokens_s", "total_s"])
def test_a_limit_is_above_zero(name):
    with pytest.raises(ValueError, match=name):
        ProviderTimeouts(**{name: 0})


def test_a_call_waits_for_its_connection_then_a_token_then_the_next():
    opened = Patience(LIMITS, opened_at=100.0)
    assert opened.deadline() == 105.0
    assert opened.connected().deadline() == 130.0
    assert opened.connected().token(110.0).deadline() == 130.0
    assert opened.connected().token(110.0).token(125.0).deadline() == 145.0


def test_connecting_counts_towards_the_first_token():
    assert Patience(LIMITS, opened_at=100.0).connected().deadline() == 130.0


def test_a_late_report_of_the_connection_does_not_take_a_token_back():
    talking = Patience(LIMITS, opened_at=100.0).token(110.0)
    assert talking.connected() == talking


def test_the_whole_call_bounds_every_wait():
    talking = Patience(LIMITS, opened_at=100.0).token(395.0)
    assert talking.deadline() == talking.ends_at() == 400.0


@pytest.mark.parametrize(
    ("patience", "kind", "limit", "maybe_executed"),
    [
        (Patience(LIMITS, 100.0), "unreachable", "connect_s=5", False),
        (Patience(LIMITS, 100.0).connected(), "timeout", "first_token_s=30", True),
        (Patience(LIMITS, 100.0).token(110.0), "timeout", "between_tokens_s=20", True),
        (Patience(LIMITS, 100.0).token(395.0), "timeout", "total_s=300", True),
    ],
)
def test_the_error_names_the_limit_that_was_met(patience, kind, limit, maybe_executed):
    error = patience.exhausted()
    assert error.outcome == kind
    assert limit in error.message
    assert error.maybe_executed is maybe_executed
