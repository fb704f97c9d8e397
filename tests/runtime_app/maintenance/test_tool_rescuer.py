"""Tool calls whose worker died or hangs are ended, or done again where that is safe."""

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.events.event import Event
from runtime_app.maintenance import tool_rescuer
from runtime_app.maintenance.tool_rescuer import MAX_ATTEMPTS, hand_back, rescue_tools
from runtime_app.tools import store
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool, ToolSpec
from runtime_app.tools.task import ClaimedTask, NewTask
from runtime_app.tools.watch import WatchPolicy
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import events_after, finish, fresh_run, granted


def tool(name: str, *, idempotent: bool) -> Tool:
    spec = ToolSpec(name, "For tests.", {"type": "object"}, idempotent=idempotent)
    return Tool(spec, lambda _arguments, _context: None)


REGISTRY = Registry([tool("again", idempotent=True), tool("once", idempotent=False)])


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


def enqueue(db: Database, run_id: str, tool_name: str, tool_call_id: str = "call_1") -> None:
    with db.transaction() as tx:
        store.enqueue(tx, NewTask(tool_call_id, run_id, tool_name, {}, 5))


def overdue(db: Database, owner: Session, tool_call_id: str = "call_1") -> ClaimedTask:
    """Claim a task, and let its time run out."""
    task = store.claim(db, tool_call_id, "worker-1")
    assert task is not None
    owner.run(
        "update runtime.tool_tasks set deadline = now() - interval '6 s'"
        " where tool_call_id = %(id)s",
        id=tool_call_id,
    )
    return task


def results(db: Database, run_id: str) -> list[Event]:
    return [event for event in events_after(db, run_id, 0) if event.type == "tool.result"]


def state(owner: Session, tool_call_id: str = "call_1") -> str:
    return owner.value(
        "select state from runtime.tool_tasks where tool_call_id = %(id)s", id=tool_call_id
    )


def test_what_may_run_again_is_queued_again(
    db: Database, owner: Session, run_id: str, recorder: RecordingDispatcher
):
    enqueue(db, run_id, "again")
    overdue(db, owner)

    assert rescue_tools(db, REGISTRY) == 1
    assert state(owner) == "queued"
    assert recorder.jobs == [ExecuteTool("call_1")]
    assert results(db, run_id) == []


def test_what_may_not_run_again_has_timed_out_and_the_run_goes_on(
    db: Database, owner: Session, run_id: str, recorder: RecordingDispatcher
):
    enqueue(db, run_id, "once")
    overdue(db, owner)

    assert rescue_tools(db, REGISTRY) == 1
    [event] = results(db, run_id)
    assert state(owner) == event.payload["status"] == "timed_out"
    assert event.payload["error"] == "the tool did not answer in time (attempt 1)"
    assert recorder.jobs == [StepRun(run_id)]


def test_a_tool_that_this_release_lacks_is_left_to_others_for_long(
    db: Database, owner: Session, run_id: str
):
    """At work or queued; whoever has killed a worker of it leaves it to them, too."""
    enqueue(db, run_id, "newer", "at work")
    enqueue(db, run_id, "newer", "queued")
    overdue(db, owner, "at work")
    assert rescue_tools(db, REGISTRY) == hand_back(db, REGISTRY, ["worker-1"]) == 0

    assert rescue_tools(db, REGISTRY, WatchPolicy(unknown_s=0, silent_s=1e9)) == 2
    assert (state(owner, "at work"), state(owner, "queued")) == ("timed_out", "failed")
    unclaimed = results(db, run_id)[1]
    assert unclaimed.payload["error"] == ("no worker has taken the call: none has the tool 'newer'")


def test_even_what_may_run_again_does_not_for_ever(db: Database, owner: Session, run_id: str):
    enqueue(db, run_id, "again")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert overdue(db, owner).attempt == attempt
        assert results(db, run_id) == []
        rescue_tools(db, REGISTRY)

    [event] = results(db, run_id)
    assert event.payload["error"] == f"the tool did not answer in time (attempt {MAX_ATTEMPTS})"
    assert state(owner) == "timed_out"


def test_what_is_not_overdue_is_left_alone(
    db: Database, owner: Session, run_id: str, recorder: RecordingDispatcher
):
    enqueue(db, run_id, "once", "running")
    enqueue(db, run_id, "once", "queued")
    assert store.claim(db, "running", "worker-1") is not None

    assert rescue_tools(db, REGISTRY) == 0
    assert (state(owner, "running"), state(owner, "queued")) == ("running", "queued")
    assert recorder.jobs == []


def test_a_call_that_the_end_of_its_run_has_cancelled_is_not_overdue(
    db: Database, owner: Session, run_id: str
):
    enqueue(db, run_id, "once")
    overdue(db, owner)
    finish(db, granted(db, run_id))

    assert rescue_tools(db, REGISTRY) == 0
    assert state(owner) == "canceled"


def test_a_call_that_outlived_its_run_is_put_to_rest(db: Database, owner: Session, run_id: str):
    enqueue(db, run_id, "once")
    overdue(db, owner)
    finish(db, granted(db, run_id))
    owner.run("update runtime.tool_tasks set state = 'running'")

    assert [rescue_tools(db, REGISTRY) for _ in range(2)] == [1, 0]
    assert state(owner) == "canceled"
    assert results(db, run_id) == []


def test_a_sweep_is_bounded_and_the_next_goes_on(
    db: Database, owner: Session, run_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tool_rescuer, "BATCH", 2)
    for n in range(3):
        enqueue(db, run_id, "once", f"call_{n}")
        overdue(db, owner, f"call_{n}")

    assert [rescue_tools(db, REGISTRY) for _ in range(3)] == [2, 1, 0]
    assert len(results(db, run_id)) == 3


def test_a_task_that_cannot_be_seen_to_is_in_no_other_tasks_way(
    db: Database, owner: Session, run_id: str
):
    for tool_call_id in ("call_1", "call_2"):
        enqueue(db, run_id, "once", tool_call_id)
        overdue(db, owner, tool_call_id)
    owner.run(
        "alter table runtime.tool_tasks"
        " add check (tool_call_id <> 'call_1' or state <> 'timed_out')"
    )

    assert [rescue_tools(db, REGISTRY) for _ in range(2)] == [1, 0]
    assert (state(owner), state(owner, "call_2")) == ("running", "timed_out")


def test_what_a_killed_worker_was_at_is_handed_back_before_its_deadline(
    db: Database, owner: Session, run_id: str, recorder: RecordingDispatcher
):
    """What may run again does; of what may not, nobody knows whether it took effect."""
    for name, tool_call_id in (("again", "call_1"), ("once", "call_2"), ("once", "call_3")):
        enqueue(db, run_id, name, tool_call_id)
    for tool_call_id, worker in (("call_1", "dead"), ("call_2", "dead"), ("call_3", "alive")):
        assert store.claim(db, tool_call_id, worker) is not None

    assert hand_back(db, REGISTRY, ["dead"]) == 2
    [event] = results(db, run_id)
    assert event.payload["tool_call_id"] == "call_2"
    assert "not known" in event.payload["error"]
    assert [state(owner, call) for call in ("call_1", "call_2", "call_3")] == [
        "queued",
        "failed",
        "running",
    ]
    assert recorder.jobs == [ExecuteTool("call_1"), StepRun(run_id)]
