"""What a worker does beside a tool at work, on a real server."""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.tools import store
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.tools.spec import Tool, ToolSpec
from runtime_app.tools.task import NewTask
from runtime_app.tools.watch import WatchPolicy
from tests.support.absent import AbsentDatabase
from tests.support.postgres import PATIENCE_S, Session
from tests.support.runs import events_after, fresh_run, granted
from tests.support.runs import finish as finish_run
from tests.support.stack import eventually

#: What a test and the cell that it watches both see.
_FORK = multiprocessing.get_context("fork")

Do = Callable[[Mapping[str, Any], ToolContext], Any]
QUICK = WatchPolicy(look_every_s=0.02, beat_every_s=0.04, progress_every_s=0.1, stop_within_s=0.2)


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


def executed(
    db: Database, run_id: str, do: Do, timeout_s: float = 30, by_way_of: Any = None
) -> str:
    """How a call of a tool that does this ends; its worker may have a database that is away."""
    with db.transaction() as tx:
        store.enqueue(tx, NewTask("call_1", run_id, "probe", {}, timeout_s))
    tool = Tool(ToolSpec("probe", "For tests.", {"type": "object"}), do)
    runner = ToolRunner(by_way_of or db, Registry([tool]), SystemClock(), "w", policy=QUICK)
    return runner.execute("call_1")


def payloads(db: Database, run_id: str, event_type: str) -> list[Mapping[str, Any]]:
    events = events_after(db, run_id, 0)
    return [event.payload for event in events if event.type == event_type]


def waits(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
    signal.pause()


def test_readers_get_the_newest_progress_and_every_piece_of_text(
    db: Database, owner: Session, run_id: str
):
    def do(_arguments: Mapping[str, Any], context: ToolContext) -> str:
        for n in range(30):
            context.progress({"done": n})
            context.text(f"{n} ")
            threading.Event().wait(0.01)
        return "all"

    assert executed(db, run_id, do) == "succeeded"
    shown = [payload["data"] for payload in payloads(db, run_id, "tool.progress")]
    done = [data["done"] for data in shown if "done" in data]
    assert done == sorted(done)
    assert done[-1] == 29
    assert 2 <= len(done) < 15, "progress is coalesced"
    text = "".join(data["text"] for data in shown if "text" in data)
    assert text == "".join(f"{n} " for n in range(30))
    [(state, progress)] = owner.rows("select state, progress from runtime.tool_tasks")
    assert (state, progress) == ("succeeded", '{"text":"' + shown[-1]["text"] + '"}')


def test_a_tool_is_stopped_at_its_deadline_whatever_it_does(db: Database, run_id: str):
    def spins(_arguments: Mapping[str, Any], _context: ToolContext) -> None:
        while True:
            pass

    assert executed(db, run_id, spins, timeout_s=0.3) == "timed_out"
    [result] = payloads(db, run_id, "tool.result")
    assert result["error"] == "the tool did not answer within 0.3 s"


def test_a_watched_tool_gives_signs_of_life(
    db: Database, owner: Session, run_id: str, threads: ThreadPoolExecutor
):
    working = threads.submit(executed, db, run_id, waits, 1)
    beat = "select count(*) from runtime.tool_tasks where heartbeat_at > claimed_at"
    eventually(lambda: owner.value(beat) == 1, what="a heartbeat")
    assert working.result(PATIENCE_S) == "timed_out"


def test_a_sign_of_life_that_did_not_get_through_is_given_at_the_next_look(
    db: Database, run_id: str, threads: ThreadPoolExecutor
):
    absent = AbsentDatabase(db, {"beat_task": 3})
    working = threads.submit(executed, db, run_id, waits, 1, absent)
    eventually(lambda: absent.asked.count("beat_task") > 4, what="signs of life")
    assert working.result(PATIENCE_S) == "timed_out"
    first = absent.asked.index("beat_task")
    assert absent.asked[first : first + 4] == ["beat_task"] * 4


def test_text_that_could_not_be_stored_is_shown_later(
    db: Database, run_id: str, threads: ThreadPoolExecutor
):
    shown = _FORK.Event()

    def do(_arguments: Mapping[str, Any], context: ToolContext) -> None:
        context.text("kept ")
        context.text("whole")
        assert shown.wait(PATIENCE_S)

    def told() -> str:
        return "".join(p["data"]["text"] for p in payloads(db, run_id, "tool.progress"))

    working = threads.submit(executed, db, run_id, do, 30, AbsentDatabase(db, {"transaction": 3}))
    eventually(lambda: told() == "kept whole", what="the text")
    shown.set()
    assert working.result(PATIENCE_S) == "succeeded"
    assert told() == "kept whole"


@pytest.mark.parametrize("stops", [True, False], ids=["stops by itself", "is stopped"])
def test_a_tool_whose_run_has_ended_is_stopped(
    db: Database, owner: Session, run_id: str, threads: ThreadPoolExecutor, stops: bool
):
    def polite(_arguments: Mapping[str, Any], context: ToolContext) -> None:
        while True:
            context.check()
            threading.Event().wait(0.005)

    working = threads.submit(executed, db, run_id, polite if stops else waits)
    state = "select count(*) from runtime.tool_tasks where state = 'running'"
    eventually(lambda: owner.value(state) == 1, what="a tool at work")
    finish_run(db, granted(db, run_id))
    assert working.result(PATIENCE_S) == "canceled"
    assert payloads(db, run_id, "tool.result") == []


def test_a_tool_is_stopped_when_its_run_is_to_be_cancelled(
    db: Database, owner: Session, run_id: str, threads: ThreadPoolExecutor
):
    working = threads.submit(executed, db, run_id, waits)
    state = "select count(*) from runtime.tool_tasks where state = 'running'"
    eventually(lambda: owner.value(state) == 1, what="a tool at work")
    owner.run("update runtime.run_heads set cancel_requested = true")
    assert working.result(PATIENCE_S) == "canceled"
    [result] = payloads(db, run_id, "tool.result")
    assert (result["status"], result["error"]) == ("canceled", "the call was canceled")
