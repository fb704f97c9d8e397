"""What an executor measures by itself while it holds a run."""

from datetime import UTC, datetime, timedelta

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.executor.hold import Hold
from runtime_app.leases.lease import Lease
from runtime_app.leases.scope import RunScope
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.runs import fresh_run, post

GRANTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class FastClock(SystemClock):
    """Of a machine whose clock is a day ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=1)


class Scope(RunScope):
    """Tells how long was waited, without a wait."""

    def __init__(self) -> None:
        super().__init__(Lease("r", 1))
        self.waited_s: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waited_s.append(seconds)
        return False


def test_a_clock_that_is_a_day_ahead_uses_up_no_cap_and_stands_in_no_log(
    db: Database, recorder: RecordingDispatcher
) -> None:
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    with executor(db, recorder, clock=FastClock()) as one:
        assert one.step(run_id) == "finished"
    end = list(log.read_for_fold(db, run_id))[-1]
    assert end.payload["reason_class"] == "completed"
    assert end.payload["usage"]["wall_clock_s"] < 60


def test_time_goes_on_from_the_grant_by_the_monotonic_clock() -> None:
    hold = Hold(Scope(), 90.0, GRANTED_AT, 100.0)
    assert hold.now(107.5) == GRANTED_AT + timedelta(seconds=7.5)


def test_a_wait_after_one_failure_is_one_wait_whatever_arrives_meanwhile() -> None:
    scope = Scope()
    hold = Hold(scope, 0.0, GRANTED_AT, 0.0)
    for now_s in (10.0, 13.0, 14.5):
        hold.waits("first", 4.0, now_s)
    assert scope.waited_s == [4.0, 1.0]  # the third time it is over
    hold.waits("second", 4.0, 15.0)
    hold.waits("second", 0.0, 15.0)
    assert scope.waited_s == [4.0, 1.0, 4.0]
