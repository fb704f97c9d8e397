"""A frame that lands while the holder lets go is never stranded: somebody goes on with it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events import log
from runtime_app.executor.step import Executor
from runtime_app.leases import store as leases
from runtime_app.maintenance.sweep import SQL
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import acquire, fresh_run, granted, post, post_in, until_head

ROUNDS = 300
# At least as many as there are events before a session waits for its second message.
STAGES = 13


def unread(db: Database) -> set[str]:
    """The runs that the sweep would wake."""
    return {row.run_id for row in db.all(SQL["unread_heads"], limit=10_000)}


def test_the_holder_waits_for_a_frame_that_is_being_accepted_and_holds_on(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db))
    with db.transaction() as tx:
        assert post_in(tx, lease.run_id, "f1").seq == 2
        parking = threads.submit(leases.park, db, lease, 1)
        until_blocked(owner)
        assert not parking.done()

    assert parking.result(PATIENCE_S) == "moved"
    assert acquire(db, lease.run_id, "two").outcome == "held"
    assert leases.park(db, lease, 2) == "parked"


def test_a_frame_waits_for_the_holder_that_is_letting_go_and_wakes_the_next(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    lease = granted(db, fresh_run(db))
    with db.transaction() as tx:
        assert leases.park(tx, lease, 1) == "parked"
        posting = threads.submit(post, db, lease.run_id, "f1")
        until_blocked(owner)
        assert not posting.done()

    assert posting.result(PATIENCE_S).seq == 2
    assert recorder.jobs == [StepRun(lease.run_id)]
    assert unread(db) == {lease.run_id}
    assert acquire(db, lease.run_id, "two").outcome == "granted"


def test_in_no_round_of_a_race_is_a_frame_stranded(db: Database, threads: ThreadPoolExecutor):
    """The wake-up of the frame is spent at once: on a lease that is held, it does nothing."""
    held = [granted(db, fresh_run(db), ttl_s=600) for _ in range(ROUNDS)]
    together = Barrier(2)

    def post_and_wake() -> list[str]:
        woken = []
        for lease in held:
            together.wait(PATIENCE_S)
            post(db, lease.run_id, "f1")
            woken.append(acquire(db, lease.run_id, "two").outcome)
        return woken

    def park() -> list[str]:
        outcomes = []
        for lease in held:
            together.wait(PATIENCE_S)
            outcomes.append(leases.park(db, lease, 1))
        return outcomes

    waking, parking = threads.submit(post_and_wake), threads.submit(park)
    rounds = list(zip(waking.result(), parking.result(), strict=True))

    # Either the holder saw the frame and goes on, or the one that was woken does; never neither.
    assert set(rounds) <= {("held", "moved"), ("granted", "parked")}


@pytest.mark.parametrize("stage", range(1, STAGES + 1))
def test_executors_that_nothing_but_the_frames_wake_answer_every_frame(
    db: Database, threads: ThreadPoolExecutor, recorder: RecordingDispatcher, stage: int
):
    """No sweep runs. The second frame comes when the first one's answer has got to `stage`."""
    runs = [fresh_run(db, mode="session") for _ in range(8)]
    with executor(db, recorder) as steps:
        for run_id in runs:
            second = threads.submit(post_at, db, recorder, steps, run_id, stage)
            post(db, run_id, "f1")
            steps.step(run_id)
            second.result(PATIENCE_S)

    assert unread(db) == set()
    for run_id in runs:
        events = list(log.read_for_fold(db, run_id))
        said = [event.payload["frame_id"] for event in events if event.type == "message.user"]
        assert sorted(said) == ["f1", "f2"]
        assert sum(event.type == "turn.ended" for event in events) == 2


def post_at(
    db: Database, recorder: RecordingDispatcher, steps: Executor, run_id: str, stage: int
) -> None:
    """Post the second frame when the run's head is there, and do what it asks for, if anything."""
    until_head(db, run_id, stage)
    asked = recorder.jobs.count(StepRun(run_id))
    post(db, run_id, "f2")
    if recorder.jobs.count(StepRun(run_id)) > asked:
        steps.step(run_id)
