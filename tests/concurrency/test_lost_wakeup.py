"""A frame that lands while the holder lets go is never stranded: somebody goes on with it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events import log
from runtime_app.leases import store as leases
from runtime_app.maintenance.sweep import SQL
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import acquire, fresh_run, granted, post, post_in

ROUNDS = 300


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
    held = [granted(db, fresh_run(db)) for _ in range(ROUNDS)]
    together = Barrier(2)

    def post_all() -> None:
        for lease in held:
            together.wait(PATIENCE_S)
            post(db, lease.run_id, "f1")

    def park_all() -> list[str]:
        outcomes = []
        for lease in held:
            together.wait(PATIENCE_S)
            outcomes.append(leases.park(db, lease, 1))
        return outcomes

    posting, parking = threads.submit(post_all), threads.submit(park_all)
    outcomes = dict(zip([lease.run_id for lease in held], parking.result(), strict=True))
    posting.result(PATIENCE_S)

    # Who let go had not seen the frame, and the rows say so; who saw it holds on, and goes on.
    let_go = {run_id for run_id, outcome in outcomes.items() if outcome == "parked"}
    kept = {run_id for run_id, outcome in outcomes.items() if outcome == "moved"}
    assert let_go | kept == outcomes.keys()
    assert unread(db) == let_go
    assert all(acquire(db, run_id).outcome == "held" for run_id in kept)


def test_executors_that_nothing_but_the_frames_wake_answer_every_frame(
    db: Database, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    """There is no sweep here: one step for each wake-up that a frame sends, and no more."""
    runs = [fresh_run(db, mode="session") for _ in range(40)]
    together = Barrier(3)

    def post_and_wake(frame_id: str) -> None:
        for run_id in runs:
            together.wait(PATIENCE_S)
            post(db, run_id, frame_id)
            steps.step(run_id)

    with executor(db, recorder) as steps:
        list(threads.map(post_and_wake, ["f1", "f2", "f3"]))

    assert unread(db) == set()
    for run_id in runs:
        said = [
            e.payload["frame_id"]
            for e in log.read_after(db, run_id, 0, 1000)
            if e.type == "message.user"
        ]
        assert sorted(said) == ["f1", "f2", "f3"]
