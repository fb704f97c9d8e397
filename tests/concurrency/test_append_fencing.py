"""A writer without authority writes nothing, even when it had it while it waited for the lock."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import EpochSuperseded, Fenced, HeadMoved, RunClosed
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.events.integrity import verify
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.loss import declare_lost
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import SLOTS, append, delta, events_after, finished, fresh_run, granted
from tests.support.stack import eventually

# An event that would wake the run: one that is refused must not.
WAKING = NewEvent("run.cancel_requested", {})


def test_a_stale_epoch_that_waits_for_the_head_writes_nothing(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    stale = granted(db, fresh_run(db))
    leases.release(db, stale)
    with db.transaction() as tx:
        acquired = leases.acquire(tx, stale.run_id, "two", LeasePolicy(), "test")
        waiting = threads.submit(append, db, stale.run_id, delta("a"), WAKING, epoch=stale.epoch)
        until_blocked(owner)
        assert not waiting.done()

    with pytest.raises(EpochSuperseded):
        waiting.result(PATIENCE_S)
    assert acquired.lease is not None
    assert append(db, stale.run_id, delta("b"), epoch=acquired.lease.epoch).seq == 2
    assert recorder.jobs == []
    assert not events_after(db, stale.run_id, 2)


def test_a_holder_that_is_declared_lost_while_it_waits_writes_nothing(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        assert declare_lost(tx, lease.run_id, SLOTS)
        waiting = threads.submit(append, db, lease.run_id, delta("a"), epoch=lease.epoch)
        until_blocked(owner)

    with pytest.raises(EpochSuperseded):
        waiting.result(PATIENCE_S)
    types = [event.type for event in events_after(db, lease.run_id, 1)]
    assert types == ["run.executor_lost"]


def test_of_two_writers_that_decided_on_the_same_head_one_is_refused(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    with db.transaction() as tx:
        first = log.append(tx, run_id, [delta("first")], expected_seq=1)
        waiting = threads.submit(append, db, run_id, delta("second"), expected_seq=1)
        until_blocked(owner)

    assert first.seq == 2
    with pytest.raises(HeadMoved):
        waiting.result(PATIENCE_S)
    assert [event.payload for event in events_after(db, run_id, 1)] == [delta("first").payload]


def test_a_writer_that_waits_for_one_that_gives_up_is_served(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)

    def give_up() -> None:
        with db.transaction() as tx:
            log.append(tx, run_id, [delta("undone")], expected_seq=1)
            waiting.append(threads.submit(append, db, run_id, delta("kept"), expected_seq=1))
            until_blocked(owner)
            raise ZeroDivisionError

    waiting: list = []
    with pytest.raises(ZeroDivisionError):
        give_up()
    assert waiting[0].result(PATIENCE_S).seq == 2
    assert [event.payload for event in events_after(db, run_id, 1)] == [delta("kept").payload]
    assert verify(db, run_id).broken is None


def test_a_writer_that_waits_for_the_end_of_the_run_is_refused(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    run_id = fresh_run(db)
    with db.transaction() as tx:
        log.append(tx, run_id, [finished()])
        waiting = [
            threads.submit(append, db, run_id, WAKING),
            threads.submit(append, db, run_id, finished()),
        ]
        until_blocked(owner, 2)

    for each in waiting:
        with pytest.raises(RunClosed):
            each.result(PATIENCE_S)
    assert [event.type for event in events_after(db, run_id, 1)] == ["run.finished"]
    assert recorder.jobs == []  # nobody is told of what was refused


def test_two_executors_of_one_run_never_both_write(db: Database, threads: ThreadPoolExecutor):
    """Takeovers follow each other while every holder goes on writing as if it were the only one."""
    run_id = fresh_run(db)
    over = Event()

    def write(epoch: int) -> int:
        written = 0
        while not over.is_set():
            try:
                append(db, run_id, delta(str(epoch)), epoch=epoch)
            except EpochSuperseded:
                return written
            written += 1
        return -1

    holders = {}
    try:
        for _ in range(6):
            lease = granted(db, run_id)
            holders[lease.epoch] = threads.submit(write, lease.epoch)
            eventually(partial(has_written, db, lease), what="the holder writes")
            leases.release(db, lease)
        granted(db, run_id)
        written = {epoch: future.result(PATIENCE_S) for epoch, future in holders.items()}
    finally:
        over.set()

    stored = epochs(db, run_id)
    assert {epoch: stored.count(epoch) for epoch in written} == written
    assert stored == sorted(stored)
    assert verify(db, run_id).broken is None


@pytest.mark.parametrize("authority", [{"epoch": 0}, {"expected_seq": 0}])
def test_a_refusal_leaves_the_transaction_usable_and_the_head_as_it_was(
    db: Database, authority: dict[str, int]
):
    lease = granted(db, fresh_run(db))
    before = log.head(db, lease.run_id)
    with db.transaction() as tx:
        with pytest.raises(Fenced):
            log.append(tx, lease.run_id, [delta("a")], **authority)
        assert log.head(tx, lease.run_id) == before
        assert log.append(tx, lease.run_id, [delta("b")], epoch=lease.epoch).seq == 2


def has_written(db: Database, lease: Lease) -> bool:
    return lease.epoch in epochs(db, lease.run_id)


def epochs(db: Database, run_id: str) -> list[int]:
    """The epochs of the deltas of a run, in order, by what they say themselves."""
    events = events_after(db, run_id, 0)
    return [int(event.payload["delta"]) for event in events if event.type == "text.delta"]
