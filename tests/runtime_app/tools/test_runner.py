"""One tool task from claim to result, on a real server."""

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from runtime_app.artifacts.store import ArtifactStore
from runtime_app.canonical import canonical
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events.event import Event
from runtime_app.tools import store
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner, finish
from runtime_app.tools.spec import Tool, ToolError, ToolSpec
from runtime_app.tools.task import NewTask, Outcome
from tests.support.absent import AbsentDatabase
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session
from tests.support.runs import events_after, fresh_run, granted
from tests.support.runs import finish as finish_run

#: What a test and the cell that it watches both see.
_FORK = multiprocessing.get_context("fork")

Do = Callable[[Mapping[str, Any], ToolContext], Any]


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


def runner(db: Any, do: Do) -> ToolRunner:
    """A runner whose only tool is `probe`, which does this."""
    tool = Tool(ToolSpec("probe", "For tests.", {"type": "object"}), do)
    return ToolRunner(db, Registry([tool]), SystemClock(), "worker-1")


def enqueue(db: Database, run_id: str, tool_name: str = "probe") -> None:
    with db.transaction() as tx:
        store.enqueue(tx, NewTask("call_1", run_id, tool_name, {"n": 1}, 5))


def results(db: Database, run_id: str) -> list[Event]:
    return [event for event in events_after(db, run_id, 0) if event.type == "tool.result"]


def row(owner: Session, columns: str) -> tuple:
    [found] = owner.rows(f"select {columns} from runtime.tool_tasks")
    return found


def fail(error: Exception) -> Do:
    def do(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
        raise error

    return do


def test_the_result_is_in_the_row_and_in_the_log_and_wakes_the_run(
    db: Database, owner: Session, run_id: str, recorder: RecordingDispatcher
):
    enqueue(db, run_id)

    def do(arguments: Mapping[str, Any], context: ToolContext) -> Any:
        assert (arguments, context.tool_call_id, context.run_id) == ({"n": 1}, "call_1", run_id)
        assert (context.idempotency_key, context.attempt) == ("call_1", 1)
        assert 4 < context.remaining_s <= 5
        return {"value": 42}

    assert runner(db, do).execute("call_1") == "succeeded"
    [event] = results(db, run_id)
    assert event.payload == {
        "tool_call_id": "call_1",
        "tool_name": "probe",
        "status": "succeeded",
        "output": {"value": 42},
    }
    assert row(owner, "state, output, late") == ("succeeded", '{"value":42}', False)
    assert recorder.jobs == [StepRun(run_id)]


def test_a_second_message_does_nothing(db: Database, run_id: str, recorder: RecordingDispatcher):
    enqueue(db, run_id)
    twice = runner(db, lambda _arguments, _context: 1)

    assert [twice.execute("call_1") for _ in range(2)] == ["succeeded", "not claimed"]
    assert twice.execute("nobody") == "not claimed"
    assert len(results(db, run_id)) == len(recorder.jobs) == 1


@pytest.mark.parametrize(
    ("error", "error_class", "message"),
    [
        (ToolError("division by zero"), "tool_error", "division by zero"),
        (KeyError("secret"), "internal", "the tool failed: KeyError"),
    ],
)
def test_a_tool_that_fails_is_a_result_too(
    db: Database, owner: Session, run_id: str, error: Exception, error_class: str, message: str
):
    enqueue(db, run_id)

    assert runner(db, fail(error)).execute("call_1") == "failed"
    [event] = results(db, run_id)
    assert (event.payload["status"], event.payload["error"]) == ("failed", message)
    assert row(owner, "state, error_class, error") == ("failed", error_class, message)


def test_a_call_of_a_tool_that_this_release_lacks_is_left_to_a_worker_that_has_it(
    db: Database, owner: Session, run_id: str
):
    enqueue(db, run_id, "newer")

    assert runner(db, fail(AssertionError())).execute("call_1") == "not claimed"
    assert results(db, run_id) == []
    assert row(owner, "state, attempt") == ("queued", 0)


def test_what_json_cannot_carry_is_made_safe_in_the_row_and_in_the_log(
    db: Database, owner: Session, run_id: str
):
    enqueue(db, run_id)
    output = {"n": float("nan"), "big": 2**60, "text": "a\x00", "set": {1}}
    runner(db, lambda _arguments, _context: output).execute("call_1")

    safe = {"n": "nan", "big": str(2**60), "text": "a\ufffd", "set": "[unserializable:set]"}
    [event] = results(db, run_id)
    assert event.payload["output"] == safe
    assert row(owner, "output::jsonb") == (safe,)


def test_an_output_that_is_not_what_the_spec_promises_fails_the_call(db: Database, run_id: str):
    enqueue(db, run_id)
    promise = {"type": "object", "required": ["value"]}
    spec = ToolSpec("probe", "For tests.", {"type": "object"}, output=promise)
    tool = Tool(spec, lambda _arguments, _context: {"valu": 1})
    assert ToolRunner(db, Registry([tool]), SystemClock(), "w").execute("call_1") == "failed"
    [event] = results(db, run_id)
    assert "not what it promises: output: 'value' is a required property" in event.payload["error"]


def test_an_output_beyond_its_limit_fails_the_call_when_there_is_no_store(
    db: Database, run_id: str
):
    enqueue(db, run_id)
    spec = ToolSpec("probe", "For tests.", {"type": "object"}, output_limit_bytes=10)
    tool = Tool(spec, lambda arguments, _context: "x" * (8 + arguments["n"]))
    assert ToolRunner(db, Registry([tool]), SystemClock(), "w").execute("call_1") == "failed"
    [event] = results(db, run_id)
    assert event.payload["error"] == "the output is larger than 10 bytes"


def test_of_a_large_output_the_log_has_the_beginning_and_the_store_the_whole(
    db: Database, owner: Session, run_id: str, tmp_path: Path
):
    enqueue(db, run_id)
    spec = ToolSpec("probe", "For tests.", {"type": "object"}, output_limit_bytes=1_000)
    tool = Tool(spec, lambda _arguments, _context: ["word"] * 1_000)
    files = ArtifactStore(tmp_path.as_uri())
    worker = ToolRunner(db, Registry([tool]), SystemClock(), "w", artifacts=files)
    assert worker.execute("call_1") == "succeeded"

    [event] = results(db, run_id)
    output = event.payload["output"]
    whole = files.get(output["artifact"])
    assert json.loads(whole) == ["word"] * 1_000
    assert output["bytes"] == len(whole) == 7_001
    assert whole.decode().startswith(output["preview"])
    assert row(owner, "output_bytes, output_artifact") == (7_001, output["artifact"])
    assert row(owner, "encode(output_hash, 'hex')") == (hashlib.sha256(whole).hexdigest(),)


def test_a_call_fails_whose_whole_output_has_a_damaged_namesake_in_the_store(
    db: Database, run_id: str, tmp_path: Path
):
    """The tool has run, so nobody may take the call for one that has not, and make it again."""
    files = ArtifactStore(tmp_path.as_uri())
    spec = ToolSpec("probe", "For tests.", {"type": "object"}, output_limit_bytes=1_000)
    tool = Tool(spec, lambda _arguments, _context: ["word"] * 1_000)
    worker = ToolRunner(db, Registry([tool]), SystemClock(), "w", artifacts=files)
    enqueue(db, run_id)
    digest = hashlib.sha256(run_id.encode()).hexdigest()
    name = files.put(f"outputs/{digest[:2]}/{digest}", canonical(["word"] * 1_000).encode())
    (tmp_path / name).write_bytes(b"torn")
    assert worker.execute("call_1") == "failed"

    [event] = results(db, run_id)
    assert event.payload["error"].endswith(f"and {name} is not what was written")


def test_a_result_that_comes_after_the_runs_end_is_kept_on_the_row_alone(
    db: Database, owner: Session, run_id: str, threads: ThreadPoolExecutor
):
    enqueue(db, run_id)
    working, may_answer = _FORK.Event(), _FORK.Event()

    def do(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
        working.set()
        assert may_answer.wait(PATIENCE_S)
        return {"value": 42}

    answering = threads.submit(runner(db, do).execute, "call_1")
    assert working.wait(PATIENCE_S)
    finish_run(db, granted(db, run_id))
    may_answer.set()
    answering.result(PATIENCE_S)

    assert results(db, run_id) == []
    assert [event.type for event in events_after(db, run_id, 1)] == ["run.finished"]
    assert row(owner, "state, late, output") == ("canceled", True, '{"value":42}')


LOST = Outcome("fail", error_class="lost", error="nobody knows")
SLOW = Outcome("time_out", error_class="timeout", error="slow")


@pytest.mark.parametrize(
    ("given_up", "found", "kept"),
    [
        (LOST, Outcome("succeed", output=42), ("failed", "42", "lost", True)),
        (SLOW, Outcome("succeed", output=42), ("timed_out", "42", "timeout", True)),
        (LOST, Outcome("fail", error_class="tool_error"), ("failed", None, "tool_error", True)),
        (LOST, SLOW, ("failed", None, "lost", False)),
        (LOST, LOST, ("failed", None, "lost", False)),
        (Outcome("succeed", output=1), LOST, ("succeeded", "1", None, False)),
    ],
)
def test_a_worker_that_was_overtaken_leaves_its_result_on_the_row_alone(
    db: Database, owner: Session, run_id: str, given_up: Outcome, found: Outcome, kept: tuple
):
    enqueue(db, run_id)
    task = store.claim(db, "call_1", "worker-1")
    assert task is not None
    finish(db, task, given_up)
    for _ in range(2):
        finish(db, task, found)

    [event] = results(db, run_id)
    assert event.payload["status"] == kept[0]
    assert row(owner, "state, output, error_class, late") == kept


def test_a_claim_whose_answer_was_lost_is_made_again_and_the_tool_works_once(
    db: Database, owner: Session, run_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runtime_app.tools.runner.exponential_s", lambda *_, **__: 0.0)
    enqueue(db, run_id)
    absent = AbsentDatabase(db, {"claim_task": 3}, too_late=True)
    assert runner(absent, lambda _arguments, _context: 42).execute("call_1") == "succeeded"
    assert row(owner, "state, attempt") == ("succeeded", 1)


def test_a_result_waits_for_the_database_however_long_that_is_away(
    db: Database, owner: Session, run_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("runtime_app.tools.runner.exponential_s", lambda *_, **__: 0.0)
    enqueue(db, run_id)
    absent = AbsentDatabase(db, {"transaction": 30, "beat_task": 10})
    assert runner(absent, lambda _arguments, _context: 42).execute("call_1") == "succeeded"

    [event] = results(db, run_id)
    assert event.payload["output"] == 42
    assert row(owner, "state, attempt, heartbeat_at > claimed_at") == ("succeeded", 1, True)


def test_row_and_event_are_stored_together_or_not_at_all(db: Database, owner: Session, run_id: str):
    enqueue(db, run_id)
    owner.run("alter table runtime.tool_tasks add check (state <> 'succeeded')")
    answers = runner(db, lambda _arguments, _context: 42)
    with pytest.raises(Exception, match="violates check constraint"):
        answers.execute("call_1")

    assert results(db, run_id) == []
    assert row(owner, "state") == ("running",)
