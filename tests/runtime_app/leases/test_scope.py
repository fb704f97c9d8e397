"""The signals of one executor's hold on one run."""

import threading
from datetime import UTC, datetime

import pytest

from runtime_app.leases.lease import Lease
from runtime_app.leases.scope import RunScope

LOSE, CANCEL, DRAIN = RunScope.lose, RunScope.cancel, RunScope.drain


@pytest.fixture
def scope() -> RunScope:
    return RunScope(Lease("r", 3))


def flags(scope: RunScope) -> tuple[bool, bool, bool]:
    return scope.lost, scope.cancelled, scope.draining


def test_nothing_is_up_at_first(scope):
    assert flags(scope) == (False, False, False)
    assert not scope.interrupted
    assert not scope.wait(0)


@pytest.mark.parametrize(
    ("signal", "up", "interrupted"),
    [
        (LOSE, (True, False, False), True),
        (CANCEL, (False, True, False), True),
        (DRAIN, (False, False, True), False),
    ],
)
def test_a_signal_raises_its_own_flag_for_good(scope, signal, up, interrupted):
    for _ in range(2):
        signal(scope)
        assert flags(scope) == up
        assert scope.interrupted is interrupted


@pytest.mark.parametrize("signal", [LOSE, CANCEL, DRAIN])
def test_a_signal_ends_a_wait_that_is_under_way(scope, signal):
    ended = []
    waiter = threading.Thread(target=lambda: ended.append(scope.wait(30)))
    waiter.start()
    signal(scope)
    waiter.join(5)
    assert ended == [True]


@pytest.mark.parametrize("signal", [LOSE, CANCEL, DRAIN])
def test_a_signal_from_before_ends_a_wait_at_once(scope, signal):
    signal(scope)
    assert scope.wait(30)


def test_everybody_who_asked_is_called_once_the_flag_is_up(scope):
    seen: list[tuple[str, bool]] = []
    scope.on_change(lambda: seen.append(("first", scope.cancelled)))
    scope.on_change(lambda: seen.append(("second", scope.cancelled)))
    scope.cancel()
    assert seen == [("first", True), ("second", True)]


@pytest.mark.parametrize("signal", [LOSE, CANCEL, DRAIN])
def test_who_asks_too_late_is_called_at_once(scope, signal):
    signal(scope)
    seen = []
    scope.on_change(lambda: seen.append(flags(scope)))
    assert seen == [flags(scope)]


def test_a_callback_may_itself_raise_a_flag(scope):
    scope.on_change(lambda: scope.draining or scope.drain())
    scope.cancel()
    assert flags(scope) == (False, True, True)


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.now_s


def test_a_holder_whose_heartbeat_hangs_stops_by_its_own_clock() -> None:
    clock = _Clock()
    scope = RunScope(Lease("r", 1), clock, trusted_until_s=120.0)

    assert not scope.lost
    clock.now_s = 120.0
    assert scope.lost
    assert scope.interrupted
    scope.trust(140.0)
    assert not scope.lost
