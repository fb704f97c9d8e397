"""A run changes hands only when its holder's time is over and somebody has said so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import EpochSuperseded
from runtime_app.events import log
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.leases import store as leases
from runtime_app.leases.keeper import LeaseKeeper
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.loss import declare_lost
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import (
    SLOTS,
    acquire,
    append,
    delta,
    events_after,
    finished,
    fresh_run,
    granted,
    post,
)

POLICY = LeasePolicy()


def declare(db: Database, run_id: str) -> bool:
    with db.transaction() as tx:
        return declare_lost(tx, run_id, SLOTS)


def expire(owner: Session, run_id: str) -> None:
    """Let the time of a holder, or of a pause, be over now."""
    assert owner.run(
        "update runtime.run_leases set expires_at = clock_timestamp() where run_id = %(id)s",
        id=run_id,
    )


def losses(db: Database, run_id: str) -> int:
    types = [event.type for event in events_after(db, run_id, 0)]
    return types.count("run.executor_lost")


def test_a_run_is_taken_over_only_after_its_holders_time_and_a_declaration(
    db: Database, owner: Session
):
    first = granted(db, fresh_run(db), "one")
    run_id = first.run_id
    assert (acquire(db, run_id, "two").outcome, declare(db, run_id)) == ("held", False)

    expire(owner, run_id)
    assert acquire(db, run_id, "two").outcome == "expired"

    assert declare(db, run_id)
    second = granted(db, run_id, "two")
    assert second.epoch > first.epoch
    assert losses(db, run_id) == 1


def test_a_stalled_holders_next_write_is_refused_by_every_door_with_nothing_written(
    db: Database, owner: Session
):
    stalled = granted(db, fresh_run(db), "one")
    append(db, stalled.run_id, delta("before"), epoch=stalled.epoch)
    expire(owner, stalled.run_id)
    declare(db, stalled.run_id)
    taken = granted(db, stalled.run_id, "two")
    before = log.head(db, stalled.run_id)

    writer = BatchWriter(db)
    writer.start()
    with pytest.raises(EpochSuperseded):
        append(db, stalled.run_id, delta("after"), epoch=stalled.epoch)
    with pytest.raises(EpochSuperseded):
        append(db, stalled.run_id, finished(), epoch=stalled.epoch, expected_seq=3)
    with pytest.raises(EpochSuperseded):
        writer.append(stalled.run_id, [delta("after")], stalled.epoch)
    writer.stop()
    assert leases.park(db, stalled, 3) == "superseded"
    assert leases.renew(db, [stalled], POLICY) == {}
    leases.release(db, stalled)

    assert log.head(db, stalled.run_id) == before
    assert acquire(db, stalled.run_id, "three").outcome == "held"
    assert append(db, stalled.run_id, delta("after"), epoch=taken.epoch).seq == 4


def test_the_keeper_tells_the_stalled_holder_and_not_its_successor(db: Database, owner: Session):
    one, two = (LeaseKeeper(db, POLICY, SystemClock()) for _ in range(2))
    stalled = one.hold(granted(db, fresh_run(db), "one"), SystemClock().monotonic())
    expire(owner, stalled.lease.run_id)
    declare(db, stalled.lease.run_id)
    taken = two.hold(granted(db, stalled.lease.run_id, "two"), SystemClock().monotonic())
    one.beat()
    two.beat()

    assert stalled.lost
    assert not taken.lost


def test_an_executor_that_meets_a_dead_holder_declares_it_and_the_next_goes_on(
    db: Database, recorder: RecordingDispatcher
):
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    granted(db, run_id, "dead", ttl_s=0)
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "expired"
        assert recorder.jobs[-1] == StepRun(run_id)
        assert steps.step(run_id) == "finished"

    assert losses(db, run_id) == 1


def test_a_takeover_by_another_release_is_to_be_seen_in_the_rows_and_in_the_log(
    db: Database, owner: Session, recorder: RecordingDispatcher
):
    """The run says who accepted it, the lease who holds it, the events who resumed it."""
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    with db.transaction() as tx:
        leases.acquire(tx, run_id, "dead", LeasePolicy(ttl_s=0), "release-1")
    held = "select code_version from runtime.run_leases where run_id = %(id)s"
    assert owner.value(held, id=run_id) == "release-1"
    with executor(db, recorder, code_version="release-2") as steps:
        assert steps.step(run_id) == "expired"
        assert steps.step(run_id) == "finished"

    by_type = {event.type: event.payload for event in events_after(db, run_id, 0)}
    accepted = owner.value("select code_version from runtime.runs where run_id = %(id)s", id=run_id)
    assert accepted == "test"
    assert by_type["run.resumed"]["code_version"] == "release-2"
    assert by_type["step.started"]["code_version"] == "release-2"


@pytest.mark.parametrize("first_said", ["nothing", "lost"])
def test_of_many_that_ask_at_once_one_is_granted(
    db: Database, threads: ThreadPoolExecutor, owner: Session, first_said: str
):
    together = Barrier(8)

    def ask(run_id: str) -> str:
        together.wait(PATIENCE_S)
        return acquire(db, run_id).outcome

    for _ in range(20):
        run_id = fresh_run(db)
        if first_said == "lost":
            granted(db, run_id, ttl_s=0)
            assert declare(db, run_id)
        outcomes = sorted(threads.map(ask, [run_id] * 8))
        assert outcomes == ["granted"] + ["held"] * 7


def test_of_two_copies_that_declare_one_waits_and_finds_it_said(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        assert declare_lost(tx, lease.run_id, SLOTS)
        second = threads.submit(declare, db, lease.run_id)
        until_blocked(owner)
        assert not second.done()

    assert second.result(PATIENCE_S) is False
    assert losses(db, lease.run_id) == 1
    assert len(recorder.jobs) == 1


def test_of_many_copies_at_once_one_declares(db: Database, threads: ThreadPoolExecutor):
    together = Barrier(8)

    def say(run_id: str) -> bool:
        together.wait(PATIENCE_S)
        return declare(db, run_id)

    for _ in range(20):
        run_id = granted(db, fresh_run(db), ttl_s=0).run_id
        assert sum(threads.map(say, [run_id] * 8)) == 1
        assert losses(db, run_id) == 1


def test_a_renewal_that_is_under_way_saves_the_holder(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        renewed = tx.all(
            leases.SQL["renew_leases"], run_ids=[lease.run_id], epochs=[lease.epoch], ttl_s=20
        )
        assert len(renewed) == 1
        declaring = threads.submit(declare, db, lease.run_id)
        taking = threads.submit(acquire, db, lease.run_id, "two")
        until_blocked(owner, 2)

    assert declaring.result(PATIENCE_S) is False
    assert taking.result(PATIENCE_S).outcome == "held"
    assert append(db, lease.run_id, delta("a"), epoch=lease.epoch).seq == 2
    assert losses(db, lease.run_id) == 0


def test_a_renewal_that_comes_while_the_loss_is_declared_is_too_late(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        assert declare_lost(tx, lease.run_id, SLOTS)
        renewing = threads.submit(leases.renew, db, [lease], POLICY)
        until_blocked(owner)

    assert renewing.result(PATIENCE_S) == {}
    assert granted(db, lease.run_id, "two").epoch == lease.epoch + 2


def test_a_write_that_is_under_way_is_before_the_loss_and_not_lost(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        log.append(tx, lease.run_id, [delta("a")], epoch=lease.epoch)
        declaring = threads.submit(declare, db, lease.run_id)
        until_blocked(owner)

    assert declaring.result(PATIENCE_S)
    types = [event.type for event in events_after(db, lease.run_id, 1)]
    assert types == ["text.delta", "run.executor_lost"]


def test_during_the_pause_nobody_gets_the_run_and_after_it_one_does(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    for _ in range(2):
        lease = granted(db, run_id, ttl_s=0)
        assert declare(db, run_id)

    assert {each.outcome for each in threads.map(acquire, [db] * 8, [run_id] * 8)} == {"held"}
    leases.release(db, Lease(run_id, lease.epoch))
    assert acquire(db, run_id).outcome == "held"
    assert not declare(db, run_id)

    expire(owner, run_id)
    outcomes = [each.outcome for each in threads.map(acquire, [db] * 8, [run_id] * 8)]
    assert sorted(outcomes) == ["granted"] + ["held"] * 7
