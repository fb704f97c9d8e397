"""Declaring an executor lost: when there is one to declare, once, and with a pause that grows."""

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.leases import store
from runtime_app.leases.lease import Lease
from runtime_app.leases.loss import declare_lost
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import (
    SLOTS,
    acquire,
    append,
    delta,
    events_after,
    finish,
    fresh_run,
    granted,
    post,
)

PROGRESS = {
    "a finished step": NewEvent(
        "step.finished", {"step": 1, "attempt": 1, "finish_reason": "stop"}
    ),
    "a tool's result": NewEvent(
        "tool.result", {"tool_call_id": "call_1", "tool_name": "calc", "status": "failed"}
    ),
}


def declare(db: Database, run_id: str) -> bool:
    with db.transaction() as tx:
        return declare_lost(tx, run_id, SLOTS)


def pause_s(owner: Session, run_id: str) -> float:
    """Seconds until the run may be taken, to the nearest."""
    return owner.value(
        "select round(extract(epoch from expires_at - now()))::float"
        " from runtime.run_leases where run_id = %(id)s",
        id=run_id,
    )


def lose(db: Database, owner: Session, run_id: str) -> float:
    """Take the run, die, be declared lost, wait the pause out; how long it was."""
    granted(db, run_id, ttl_s=0)
    assert declare(db, run_id)
    paused_s = pause_s(owner, run_id)
    owner.run(
        "update runtime.run_leases set expires_at = clock_timestamp() where run_id = %(id)s",
        id=run_id,
    )
    return paused_s


def test_a_loss_is_in_the_log_fences_the_holder_and_asks_for_a_step(
    db: Database, recorder: RecordingDispatcher
):
    lease = granted(db, fresh_run(db), "worker-7", ttl_s=0)
    assert declare(db, lease.run_id)

    [event] = events_after(db, lease.run_id, 1)
    head = log.head(db, lease.run_id)
    assert head is not None
    assert event.type == "run.executor_lost"
    assert event.payload == {"epoch": lease.epoch, "owner": "worker-7"}
    assert head.epoch == lease.epoch + 1
    assert recorder.jobs == [StepRun(lease.run_id)]


def test_a_loss_is_declared_once(db: Database, recorder: RecordingDispatcher):
    lease = granted(db, fresh_run(db), ttl_s=0)

    assert [declare(db, lease.run_id) for _ in range(3)] == [True, False, False]
    assert len(events_after(db, lease.run_id, 1)) == 1
    assert len(recorder.jobs) == 1


def test_a_holder_that_lives_or_has_let_go_is_not_lost(db: Database):
    alive, released = granted(db, fresh_run(db)), granted(db, fresh_run(db), ttl_s=0)
    store.release(db, released)

    for run_id in (alive.run_id, released.run_id, fresh_run(db), "nobody"):
        assert not declare(db, run_id)
    head = log.head(db, alive.run_id)
    assert head is not None
    assert (head.seq, head.epoch) == (1, alive.epoch)


def test_the_lease_of_a_run_that_has_ended_is_only_tidied_away(db: Database, owner: Session):
    lease = granted(db, fresh_run(db), ttl_s=0)
    finish(db, Lease(lease.run_id, lease.epoch))
    owner.run(
        "insert into runtime.run_leases (run_id, owner, epoch, expires_at, code_version)"
        " values (%(id)s, 'one', 1, now(), 'test')",
        id=lease.run_id,
    )

    assert not declare(db, lease.run_id)
    assert store.expired(db, 10) == []
    assert [event.type for event in events_after(db, lease.run_id, 1)] == ["run.finished"]


def test_the_pause_grows_with_losses_in_a_row(db: Database, owner: Session):
    run_id = fresh_run(db)

    assert [lose(db, owner, run_id) for _ in range(5)] == [0, 5, 20, 20, 20]


@pytest.mark.parametrize("event", PROGRESS.values(), ids=PROGRESS)
def test_progress_begins_the_count_anew(db: Database, owner: Session, event: NewEvent):
    run_id = fresh_run(db)
    assert [lose(db, owner, run_id) for _ in range(2)] == [0, 5]
    append(db, run_id, event)

    assert [lose(db, owner, run_id) for _ in range(2)] == [0, 5]


def test_a_frame_begins_the_count_anew(db: Database, owner: Session):
    run_id = fresh_run(db)
    assert [lose(db, owner, run_id) for _ in range(2)] == [0, 5]
    post(db, run_id, "f1")

    assert lose(db, owner, run_id) == 0


def test_text_that_came_is_not_progress(db: Database, owner: Session):
    run_id = fresh_run(db)
    lose(db, owner, run_id)
    append(db, run_id, delta("a"))

    assert lose(db, owner, run_id) == 5


def test_nobody_takes_the_run_during_the_pause(db: Database, owner: Session):
    run_id = fresh_run(db)
    lose(db, owner, run_id)
    granted(db, run_id, ttl_s=0)
    declare(db, run_id)
    assert acquire(db, run_id, "two").outcome == "held"

    owner.run(
        "update runtime.run_leases set expires_at = clock_timestamp() where run_id = %(id)s",
        id=run_id,
    )
    assert acquire(db, run_id, "two").outcome == "granted"


def test_after_the_first_loss_there_is_no_pause(db: Database):
    lease = granted(db, fresh_run(db), ttl_s=0)
    declare(db, lease.run_id)

    assert granted(db, lease.run_id, "two").epoch == lease.epoch + 2
