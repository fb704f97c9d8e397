"""Work whose message was lost is found from the rows alone, and nothing else is."""

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.leases import store as leases
from runtime_app.leases.loss import declare_lost
from runtime_app.maintenance import wakeup_sweeper
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.tools import store as tools
from runtime_app.tools.task import NewTask
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import SLOTS, append, delta, ended_run, fresh_run, granted, post


def parked_run(db: Database) -> str:
    """A run that has been folded to its head."""
    lease = granted(db, fresh_run(db))
    assert leases.park(db, lease, 1) == "parked"
    return lease.run_id


def queued_task(db: Database, owner: Session, tool_call_id: str, age_s: int) -> None:
    with db.transaction() as tx:
        tools.enqueue(tx, NewTask(tool_call_id, parked_run(db), "calc", {}, 5))
    owner.run(
        "update runtime.tool_tasks set updated_at = now() - make_interval(secs => %(age)s)"
        " where tool_call_id = %(id)s",
        age=age_s,
        id=tool_call_id,
    )


def swept(db: Database, recorder: RecordingDispatcher) -> list[str]:
    """What a sweep asks for, and nothing before it."""
    recorder.jobs.clear()
    assert sweep_wakeups(db) == len(recorder.jobs)
    return [*recorder.jobs]


def test_a_frame_that_nobody_was_told_of_is_found(db: Database, recorder: RecordingDispatcher):
    run_id = parked_run(db)
    assert swept(db, recorder) == []
    post(db, run_id, "f1")

    assert swept(db, recorder) == [StepRun(run_id)]


def test_a_run_that_was_never_stepped_is_found(db: Database, recorder: RecordingDispatcher):
    run_id = fresh_run(db)

    assert swept(db, recorder) == [StepRun(run_id)]


def test_what_somebody_is_at_needs_no_waking(db: Database, recorder: RecordingDispatcher):
    lease = granted(db, fresh_run(db))
    append(db, lease.run_id, delta("a"))

    assert swept(db, recorder) == []


def test_a_run_that_was_handed_on_and_not_taken_is_found(
    db: Database, recorder: RecordingDispatcher
):
    lease = granted(db, fresh_run(db))
    leases.release(db, lease)

    assert swept(db, recorder) == [StepRun(lease.run_id)]


def test_a_run_whose_holder_died_is_found(db: Database, recorder: RecordingDispatcher):
    lease = granted(db, fresh_run(db), ttl_s=0)

    assert swept(db, recorder) == [StepRun(lease.run_id)]


def test_a_run_that_rests_after_a_loss_is_left_alone_until_the_pause_is_over(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    run_id = granted(db, fresh_run(db), ttl_s=0).run_id
    with db.transaction() as tx:
        declare_lost(tx, run_id, SLOTS)
    owner.run("update runtime.run_leases set expires_at = now() + interval '5 s'")
    assert swept(db, recorder) == []

    owner.run("update runtime.run_leases set expires_at = now()")
    assert swept(db, recorder) == [StepRun(run_id)]


def test_a_run_that_has_ended_is_never_woken(db: Database, recorder: RecordingDispatcher):
    ended_run(db)

    assert swept(db, recorder) == []


def test_a_tool_call_that_waits_longer_than_a_message_takes_is_found(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    queued_task(db, owner, "young", age_s=0)
    queued_task(db, owner, "old", age_s=10)

    assert swept(db, recorder) == [ExecuteTool("old")]
    assert [swept(db, recorder) for _ in range(3)] == [[]] * 3, "a queue that is behind is let be"
    owner.run("update runtime.tool_tasks set woken_at = woken_at - interval '11 seconds'")
    assert swept(db, recorder) == [ExecuteTool("old")]


def test_a_sweep_is_bounded_and_takes_the_oldest(
    db: Database, recorder: RecordingDispatcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wakeup_sweeper, "BATCH", 2)
    ids = [fresh_run(db) for _ in range(3)]

    assert set(swept(db, recorder)) == {StepRun(run_id) for run_id in ids[:2]}
    assert swept(db, recorder) == [StepRun(ids[2])]


def test_a_run_is_not_woken_again_at_once(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    run_id = fresh_run(db)

    assert swept(db, recorder) == [StepRun(run_id)]
    assert swept(db, recorder) == []
    owner.run("update runtime.run_heads set woken_at = woken_at - interval '11 seconds'")
    assert swept(db, recorder) == [StepRun(run_id)]


def test_a_sweep_changes_nothing_but_when_it_woke_a_run(
    db: Database, recorder: RecordingDispatcher, owner: Session
):
    fresh_run(db)
    rows = (
        "select (to_jsonb(h) - 'woken_at')::text, r::text"
        " from runtime.run_heads h join runtime.runs r using (run_id)"
    )
    before = owner.rows(rows)
    swept(db, recorder)

    assert owner.rows(rows) == before
