"""A session that waits for days is left alone, and goes on when somebody speaks to it."""

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events import log
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.runs import store
from runtime_app.tools.registry import Registry
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import Session, session
from tests.support.runs import SLOTS, fresh_run, post

#: Every time that a row of a run keeps, but those of its events, which are in the chain.
TIMES = {
    "runs": ("created_at", "updated_at"),
    "run_heads": ("woken_at",),
    "run_leases": ("expires_at", "heartbeat_at"),
    "frames": ("accepted_at",),
}


def nine_days_pass(owner: Session, run_id: str) -> None:
    for table, columns in TIMES.items():
        earlier = ", ".join(f"{name} = {name} - interval '9 days'" for name in columns)
        owner.run(f"update runtime.{table} set {earlier} where run_id = %(id)s", id=run_id)


def test_a_session_between_two_turns_waits_for_days_without_a_lease_and_then_goes_on(
    db: Database, recorder: RecordingDispatcher, database_url: str
) -> None:
    run_id = fresh_run(db, mode="session")
    post(db, run_id, "f1", "good night")
    with executor(db, recorder) as steps, session(database_url) as owner:
        assert steps.step(run_id) == "parked: input"
        held = "select count(*) from runtime.run_leases where run_id = %(id)s and owner is not null"
        assert owner.value(held, id=run_id) == 0
        before = log.head(db, run_id)
        nine_days_pass(owner, run_id)
        recorder.jobs.clear()

        swept = recover_runs(db, SLOTS), sweep_wakeups(db), sweep_slots(db, SLOTS)
        assert (*swept, rescue_tools(db, Registry())) == (0, 0, 0, 0)
        assert recorder.jobs == []
        assert log.head(db, run_id) == before

        post(db, run_id, "f2", "good morning")
        assert recorder.jobs == [StepRun(run_id)]
        assert steps.step(run_id) == "parked: input"
    run = store.get(db, run_id)
    assert run is not None
    assert run.status == "waiting_input"
    types = [event.type for event in log.read_for_fold(db, run_id)]
    assert types.count("turn.ended") == 2
    assert "run.executor_lost" not in types
