"""Slots that nobody was told of are found from the rows alone, and nothing else is touched."""

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import SlotsTaken
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.leases import store as leases
from runtime_app.maintenance import slot_sweeper
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.runs import slots
from runtime_app.runs.slots import SlotLimits
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import finish, fresh_run, granted, post

ONE = SlotLimits(1, 8, 16)
STARTED = NewEvent("run.started", {"message_id": "m1", "code_version": "test"})


def with_message(db: Database) -> leases.Lease:
    """The lease of a run that has its message."""
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    return granted(db, run_id)


def open_turn(db: Database, lease: leases.Lease) -> None:
    with db.statement() as tx:
        log.append(
            tx,
            lease.run_id,
            [STARTED],
            epoch=lease.epoch,
            expected_seq=2,
            status="running",
            condition=slots.having(ONE),
        )


def in_line(db: Database) -> str:
    """A run that has found its thread's slot taken and was let go of."""
    lease = with_message(db)
    with pytest.raises(SlotsTaken):
        open_turn(db, lease)
    assert leases.park(db, lease, 2, in_line=True) == "parked"
    return lease.run_id


def swept(db: Database, recorder: RecordingDispatcher) -> list[str]:
    recorder.jobs.clear()
    count = sweep_slots(db, ONE)
    assert count == len(recorder.jobs)
    return [job.run_id for job in recorder.jobs if isinstance(job, StepRun)]


def test_who_waits_for_good_reason_is_let_wait_by_every_sweep(
    db: Database, recorder: RecordingDispatcher
):
    open_turn(db, with_message(db))
    waiting = in_line(db)

    assert swept(db, recorder) == []
    sweep_wakeups(db)
    assert StepRun(waiting) not in recorder.jobs


def test_the_next_in_line_is_woken_by_who_gives_back_and_goes_on(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    first = with_message(db)
    open_turn(db, first)
    waiting = in_line(db)
    recorder.jobs.clear()
    finish(db, first)
    assert recorder.jobs == [StepRun(waiting)]

    open_turn(db, granted(db, waiting))
    holders = "select holders from runtime.slots where key = 'thread:thread-1'"
    assert owner.value(holders) == [waiting]
    assert owner.value("select count(*) from runtime.slot_line") == 0


def test_a_run_that_was_given_its_slots_while_it_was_letting_go_holds_on(
    db: Database, recorder: RecordingDispatcher
):
    first, second = with_message(db), with_message(db)
    open_turn(db, first)
    with pytest.raises(SlotsTaken):
        open_turn(db, second)
    finish(db, first)

    assert leases.park(db, second, 2, in_line=True) == "moved"
    open_turn(db, second)


def test_one_that_has_its_slots_and_sleeps_is_woken_again_but_not_at_once(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    first = with_message(db)
    open_turn(db, first)
    waiting = in_line(db)
    finish(db, first)
    assert swept(db, recorder) == []

    owner.run("update runtime.slot_line set granted_at = granted_at - interval '3 seconds'")
    assert swept(db, recorder) == [waiting]
    assert swept(db, recorder) == []


def test_slots_that_are_free_are_given_out_whoever_freed_them(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    open_turn(db, with_message(db))
    waiting = [in_line(db), in_line(db)]
    owner.run("delete from runtime.slots")

    assert swept(db, recorder) == waiting[:1]
    assert swept(db, recorder) == []


def test_what_a_run_has_left_behind_is_taken_back(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    first = with_message(db)
    open_turn(db, first)
    waiting = in_line(db)
    kept = owner.rows("select key, holders from runtime.slots")
    finish(db, first)
    owner.run("delete from runtime.slots")
    owner.run("update runtime.slot_line set granted_at = null")
    for key, holders in kept:
        owner.run("insert into runtime.slots values (%(k)s, %(h)s)", k=key, h=holders)

    recorder.jobs.clear()
    sweep_slots(db, ONE)
    assert recorder.jobs == [StepRun(waiting)]
    assert owner.rows("select distinct holders from runtime.slots") == [([waiting],)]


def test_a_sweep_is_bounded(
    db: Database,
    recorder: RecordingDispatcher,
    owner: Session,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(slot_sweeper, "BATCH", 2)
    first = with_message(db)
    open_turn(db, first)
    waiting = [in_line(db) for _ in range(3)]
    owner.run("delete from runtime.slots")
    owner.run("update runtime.slot_line set granted_at = since - interval '1 minute'")

    assert set(swept(db, recorder)) == set(waiting[:2])
    assert swept(db, recorder) == waiting[2:]
