"""A defect of the executor ends its run, and leaves nothing open in it."""

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.runs import store
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import session
from tests.support.runs import append, fresh_run, post

#: An end of a turn that has not been answered: no fold makes sense of it.
NONSENSE = NewEvent("turn.ended", {"turn": 1, "finish_reason": "stop", "usage": {}})


def test_open_tool_calls_are_answered_before_the_end(
    db: Database, recorder: RecordingDispatcher, database_url: str
) -> None:
    run_id = fresh_run(db, model="scripted/tools?calls=3&parallel=1")
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "parked: tools"
        append(db, run_id, NONSENSE)
        assert steps.step(run_id) == "failed"
        assert steps.step(run_id) == "closed"
    events = list(log.read_for_fold(db, run_id))
    asked = [e.payload["tool_call_id"] for e in events if e.type == "tool.call"]
    *results, finished = events[-4:]
    assert [each.payload["tool_call_id"] for each in results] == asked
    assert {each.payload["status"] for each in results} == {"canceled"}
    assert finished.payload["reason_class"] == "internal_error"
    assert finished.payload["reason"] == "the executor failed: IllegalTransition"
    run = store.get(db, run_id)
    assert run is not None
    assert (run.status, run.terminal_reason_class) == ("failed", "internal_error")
    with session(database_url) as owner:
        states = owner.rows("select state from runtime.tool_tasks where run_id = %(id)s", id=run_id)
    assert states == [("canceled",)] * 3
