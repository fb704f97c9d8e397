"""Tools over HTTP: which there are, one executed, and the tool calls of a run."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from runtime_app.runs.tool_calls import STATES
from runtime_app.tools.status import TOOL_TASK
from tests.support.api import Api, fresh, parts
from tests.support.postgres import session
from tests.support.stack import eventually
from tests.web.envelope import refused

SUM = {"tool_name": "calc", "arguments": {"expression": "6*7"}}


def execute(
    api: Api, run_id: str | None, thread_id: str, query: str = "", **fields: Any
) -> requests.Response:
    body = {"thread_id": thread_id, **(SUM | fields)}
    if run_id is not None:
        body["run_id"] = run_id
    path = f"/tools/execute{query}"
    return api.send("POST", path, run_id=run_id, thread_id=thread_id, body=body)


def ended(api: Api, run_id: str, thread_id: str) -> dict[str, Any]:
    """The run's snapshot, once it has ended: a step after its call."""
    return eventually(
        lambda: (run := api.snapshot(run_id, thread_id))["terminal"] and run, what="the end"
    )


def test_the_tools_of_the_workers_are_listed_with_their_schemas(api: Api) -> None:
    thread_id = fresh("t")
    answer = api.send("GET", f"/tools?thread_id={thread_id}", thread_id=thread_id)
    assert answer.status_code == 200
    tools = {tool["name"]: tool for tool in answer.json()["tools"]}
    assert list(tools) == sorted(tools)
    assert {"calc", "clock", "http.get"} <= set(tools)
    assert tools["calc"]["parameters"]["required"] == ["expression"]
    assert (tools["calc"]["timeoutS"], tools["calc"]["idempotent"]) == (5, True)


def test_a_call_is_executed_and_is_a_run_with_a_log_and_a_stream(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    answer = execute(api, run_id, thread_id)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["output"], told["error"]) == ("succeeded", {"value": 42}, None)
    assert (told["runId"], told["threadId"], told["toolName"]) == (run_id, thread_id, "calc")

    run = ended(api, run_id, thread_id)
    assert (run["mode"], run["status"], run["usage"]["toolCalls"]) == ("tool", "completed", 1)
    assert (run["usage"]["modelCalls"], run["pendingToolCalls"]) == (0, [])
    types = [event["type"] for event in api.events(run_id, thread_id)]
    assert types == [
        *("run.accepted", "tool.requested", "run.started", "step.started", "tool.call"),
        *("step.finished", "tool.result", "run.finished"),
    ]
    shown = [part["type"] for part in parts(api.stream(run_id, thread_id))]
    assert shown == [
        *("start", "start-step", "tool-input-available", "finish-step"),
        *("tool-output-available", "finish"),
    ]
    [call] = api.get("/tools", run_id, thread_id).json()["toolCalls"]
    assert (call["toolCallId"], call["state"]) == (told["toolCallId"], "succeeded")
    assert api.get("/integrity", run_id, thread_id).json()["verified"]


def test_the_same_call_again_is_not_executed_again(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    first = execute(api, run_id, thread_id).json()
    ended(api, run_id, thread_id)
    again = execute(api, run_id, thread_id).json()
    same = ("toolCallId", "state", "output", "runId")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert (first["idempotentReplay"], again["idempotentReplay"]) == (False, True)
    [call] = api.get("/tools", run_id, thread_id).json()["toolCalls"]
    assert call["attempt"] == 1


@pytest.mark.parametrize(
    "other",
    [
        {"arguments": {"expression": "6*8"}},
        {"tool_name": "clock"},
        {"tool_policy": {"allow": ["calc"]}},
    ],
)
def test_the_same_id_with_another_call_is_refused(api: Api, other: dict[str, Any]) -> None:
    run_id, thread_id = fresh(), fresh("t")
    execute(api, run_id, thread_id)
    refused(execute(api, run_id, thread_id, **other), 409, "conflict")
    refused(api.start(run_id, thread_id), 409, "conflict")


def test_whoever_asks_at_once_for_the_same_call_gets_the_one_result(
    api: Api, stack_state: dict[str, Any]
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(execute, api, run_id, thread_id) for _ in range(8)]
        answers = [each.result().json() for each in asked]
    assert {answer["state"] for answer in answers} == {"succeeded"}
    assert len({answer["toolCallId"] for answer in answers}) == 1
    assert [answer["idempotentReplay"] for answer in answers].count(False) == 1
    with session(stack_state["owner_database_url"]) as rows:
        [row] = rows.rows(
            "select attempt, state from runtime.tool_tasks where run_id = %(id)s", id=run_id
        )
    assert row == (1, "succeeded")


def busy_autopilot(api: Api, run_id: str, thread_id: str) -> dict[str, Any]:
    """What a call says to wait until that run has ended: both are of one autopilot."""
    autopilot = {"autopilot_id": fresh("a")}
    api.start(run_id, thread_id, model="scripted/stall?after=2", **autopilot)
    api.frame(run_id, thread_id, "f1")
    eventually(lambda: api.snapshot(run_id, thread_id)["status"] == "running", what="a busy one")
    return autopilot


def test_who_does_not_wait_is_told_that_it_goes_on_and_joins_it_later(api: Api) -> None:
    run_id, busy, thread_id = fresh(), fresh(), fresh("t")
    waits = busy_autopilot(api, busy, thread_id)
    first = execute(api, run_id, thread_id, "?wait_ms=1", **waits)
    assert first.status_code == 202
    assert (first.json()["state"], first.json()["toolCallId"]) == ("queued", None)

    with ThreadPoolExecutor(1) as pool:
        joined = pool.submit(execute, api, run_id, thread_id, **waits)
        assert api.cancel(busy, thread_id).status_code == 202
        assert joined.result().json()["state"] == "succeeded"


def test_a_call_that_waits_takes_nothing_but_a_cancel(api: Api) -> None:
    run_id, busy, thread_id = fresh(), fresh(), fresh("t")
    waits = busy_autopilot(api, busy, thread_id)
    assert execute(api, run_id, thread_id, "?wait_ms=0", **waits).status_code == 202
    refused(api.frame(run_id, thread_id, "f1"), 422, "unprocessable")
    assert api.cancel(run_id, thread_id).status_code == 202
    told = execute(api, run_id, thread_id, **waits)
    assert (told.status_code, told.json()["state"]) == (200, "canceled")
    assert told.json()["error"] == "cancelled by request"
    assert api.get("/tools", run_id, thread_id).json()["toolCalls"] == []
    api.cancel(busy, thread_id)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"tool_name": "seek"}, "there is no tool 'seek'"),
        ({"arguments": {}}, "arguments: 'expression' is a required property"),
        ({"tool_policy": {"deny": ["calc"]}}, "there is no tool 'calc'"),
    ],
)
def test_a_call_that_cannot_be_made_is_422_and_again_422(
    api: Api, fields: dict[str, Any], problem: str
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    for _ in range(2):
        error = refused(execute(api, run_id, thread_id, **fields), 422, "unprocessable")
        assert error["message"].startswith(problem)
        assert {"field": "run_id", "message": run_id} in error["details"]
    assert ended(api, run_id, thread_id)["status"] == "completed"


def test_a_tool_that_says_no_is_an_answer(api: Api) -> None:
    answer = execute(api, fresh(), fresh("t"), arguments={"expression": "1/0"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["output"], told["error"]) == ("failed", None, "division by zero")


def test_a_run_without_an_id_is_given_one_and_a_run_of_somebody_else_is_not_told(api: Api) -> None:
    thread_id = fresh("t")
    run_id = execute(api, None, thread_id).json()["runId"]
    assert ended(api, run_id, thread_id)["status"] == "completed"
    refused(execute(api.as_user(43), run_id, fresh("t")), 403, "forbidden")
    refused(execute(api.as_user(43), fresh(), thread_id), 403, "forbidden")


def test_the_calls_of_a_run_are_listed_in_order_without_what_the_log_has(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "x", model="scripted/tools?calls=2"))

    response = api.get("/tools", run_id, thread_id)
    asked = [
        event["payload"]["tool_call_id"]
        for event in api.events(run_id, thread_id)
        if event["type"] == "tool.call"
    ]
    calls = response.json()["toolCalls"]
    assert [call["toolCallId"] for call in calls] == asked
    for call in calls:
        assert (call["toolName"], call["state"], call["attempt"]) == ("clock", "succeeded", 1)
        assert (call["late"], call["lateOutput"], call["error"]) == (False, None, None)


def test_a_run_without_tools_has_none(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id).status_code == 201
    answer = api.get("/tools", run_id, thread_id).json()
    assert answer == {"runId": run_id, "toolCalls": []}


def test_a_call_stands_where_its_machine_may_stand() -> None:
    assert set(STATES) == set(TOOL_TASK.states)
