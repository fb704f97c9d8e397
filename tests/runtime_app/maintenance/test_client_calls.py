"""A call of a client-side tool: answered once or expired, whoever comes first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.errors import RuntimeFault
from runtime_app.executor.prompt import PromptBuilder
from runtime_app.forks.fork import ForkRequest, fork
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.maintenance.client_calls import expire_calls
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.providers.prompt_budget import PromptBudgets
from runtime_app.replay.comparison import Release
from runtime_app.replay.frozen import replay
from runtime_app.replay.live import compare
from runtime_app.replay.sources import stored
from runtime_app.runs.caps import Caps
from runtime_app.runs.client_tools import read
from runtime_app.tools.registry import Registry
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import Session, session
from tests.support.runs import (
    DEFAULTS,
    LIMITS,
    ORIGIN,
    OWNER,
    THREAD,
    events_after,
    fresh_run,
    post,
)
from tests.support.sanitizer import SANITIZER

PICK = {"name": "pick", "description": "Pick.", "parameters": {"type": "object"}, "timeout_s": 60}


@pytest.fixture
def owner(database_url: str) -> Iterator[Session]:
    with session(database_url) as owner:
        yield owner


@pytest.fixture
def asked(db: Database, recorder: RecordingDispatcher) -> tuple[str, str]:
    """A run that waits for its client, and the id of the call."""
    run_id = fresh_run(db, model="scripted/call?tool=pick", client_tools=[PICK])
    post(db, run_id, "f1", "{}")
    recorder.jobs.clear()
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "parked: tools"
    assert not any(isinstance(job, ExecuteTool) for job in recorder.jobs)
    [call] = [event for event in events_after(db, run_id, 0) if event.type == "tool.call"]
    return run_id, call.payload["tool_call_id"]


def answer(db: Database, asked: tuple[str, str], frame_id: str, output: Any) -> bool:
    """Whether the answer was taken."""
    frame = Frame(frame_id, "tool_result", {"tool_call_id": asked[1], "output": output})
    try:
        with db.transaction() as tx:
            accepted = inbox.accept(tx, asked[0], THREAD, OWNER, frame, ORIGIN, LIMITS)
    except RuntimeFault:
        return False
    return not accepted.replayed


def results(db: Database, run_id: str) -> list[dict[str, Any]]:
    events = events_after(db, run_id, 0)
    return [dict(event.payload) for event in events if event.type == "tool.result"]


def time_is_over(owner: Session) -> None:
    earlier = "deadline = now() - interval '1 ms', heartbeat_at = now() - interval '9 days'"
    owner.run(f"update runtime.tool_tasks set {earlier}, created_at = now() - interval '9 days'")


def test_a_run_that_waits_for_its_client_is_left_alone_without_a_lease(
    db: Database, owner: Session, asked: tuple[str, str]
) -> None:
    held = "select count(*) from runtime.run_leases where owner is not null"
    assert owner.value(held) == 0
    owner.run("update runtime.tool_tasks set heartbeat_at = now() - interval '9 days'")
    assert (expire_calls(db), rescue_tools(db, Registry()), sweep_wakeups(db)) == (0, 0, 0)
    assert results(db, asked[0]) == []


def test_past_its_deadline_a_call_fails_and_its_run_is_woken(
    db: Database, owner: Session, asked: tuple[str, str], recorder: RecordingDispatcher
) -> None:
    time_is_over(owner)
    assert rescue_tools(db, Registry()) == 0
    recorder.jobs.clear()
    assert (expire_calls(db), expire_calls(db)) == (1, 0)
    [told] = results(db, asked[0])
    assert (told["status"], told["error"]) == (
        "failed",
        "expired: the client did not answer within 60 s",
    )
    assert recorder.jobs == [StepRun(asked[0])]
    assert not answer(db, asked, "late", 1)


def test_an_answer_and_the_expiry_of_its_call_are_not_both_taken(
    db: Database, owner: Session, asked: tuple[str, str]
) -> None:
    time_is_over(owner)
    together = Barrier(4)

    def at_once(n: int) -> Any:
        together.wait()
        return expire_calls(db) if n == 0 else answer(db, asked, f"a{n}", n)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(at_once, range(4)))
    [told] = results(db, asked[0])
    state = owner.value("select state from runtime.tool_tasks")
    assert state == told["status"]
    frames = owner.value("select count(*) from runtime.frames where frame_type = 'tool_result'")
    assert frames == (1 if told["status"] == "succeeded" else 0)


def test_of_many_answers_at_once_one_is_taken(db: Database, asked: tuple[str, str]) -> None:
    together = Barrier(6)

    def at_once(n: int) -> bool:
        together.wait()
        return answer(db, asked, f"a{n}", n)

    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(at_once, range(6)))
    [told] = results(db, asked[0])
    assert [n for n, was in enumerate(taken) if was] == [told["output"]]


def test_an_answered_run_goes_on_and_both_replays_find_nothing_else(
    db: Database, asked: tuple[str, str], recorder: RecordingDispatcher
) -> None:
    run_id = asked[0]
    assert answer(db, asked, "a1", {"colour": "red"})
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "finished"
    assert replay(run_id, stored(db, run_id).events, SANITIZER).divergence is None
    prompts = PromptBuilder("Be brief.", PromptBudgets(), SANITIZER)
    release = Release("test", Caps(), prompts, Registry())
    assert compare(run_id, stored(db, run_id).events, release).differences == ()


def test_a_fork_has_the_tools_of_its_parent(db: Database, asked: tuple[str, str]) -> None:
    with db.transaction() as tx:
        forked = fork(tx, asked[0], ForkRequest(1), DEFAULTS, datetime.now(UTC), ORIGIN, LIMITS)
    accepted = events_after(db, forked.run_id)[0].payload
    [tool] = read(accepted["client_tools"])
    assert (tool.name, tool.timeout_s) == ("pick", 60)
