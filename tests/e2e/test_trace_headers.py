"""One trace from the request's headers to the model's server, through rows and messages."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from tests.support.api import Api, fresh, read_sse
from tests.support.openai_server import OpenAIServer
from tests.support.stack import RunningStack, running_stack

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATE = "vendor=opaque"


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def stack(server: OpenAIServer) -> Iterator[RunningStack]:
    with running_stack(OPENAI_API_KEY="test-key", OPENAI_BASE_URL=server.base_url) as running:
        yield running


@pytest.fixture
def own_api(stack: RunningStack) -> Api:
    return Api.of(stack.state)


def send(api: Api, model: str, request_id: str, mode: str = "turn") -> tuple[str, str]:
    """Start and follow a run with trace headers; its run and thread ids."""
    run_id, thread_id = fresh(), fresh("t")
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id, "model": model, "mode": mode},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "hello"}},
    }
    headers = {"traceparent": PARENT, "tracestate": STATE, "x-request-id": request_id}
    names = {"run_id": run_id, "thread_id": thread_id}
    answer = api.send("POST", "/runs/stream", body=body, headers=headers, stream=True, **names)
    for event in read_sse(answer):
        if '"type":"finish"' in event.data or event.data == "[DONE]":
            break
    return run_id, thread_id


def rows(stack: RunningStack, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg2.connect(stack.state["owner_database_url"]) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()


def test_the_model_is_called_in_the_trace_of_the_request(
    own_api: Api, server: OpenAIServer
) -> None:
    request_id = fresh("req")
    send(own_api, "openai/ok", request_id)
    sent = server.requests[-1].headers
    assert sent["traceparent"].split("-")[1] == TRACE
    assert sent["tracestate"] == STATE
    assert sent["x-request-id"] == request_id


def test_every_event_and_every_receipt_says_whose_request_it_answers(
    stack: RunningStack, own_api: Api
) -> None:
    request_id = fresh("req")
    run_id, thread_id = send(own_api, "openai/tool", request_id)
    query = (
        "select event_type, trace_id, request_id, span_id is not null, trace_flags"
        " from runtime.run_events where run_id = %s order by seq"
    )
    found = rows(stack, query, run_id)
    assert {"text.delta", "tool.call", "tool.result", "run.finished"} <= {row[0] for row in found}
    assert {row[1:] for row in found} == {(TRACE, request_id, True, 1)}
    receipts = ("model.call_finished", "tool.call", "tool.result")
    payloads = [e["payload"] for e in own_api.events(run_id, thread_id) if e["type"] in receipts]
    assert {payload["trace_id"] for payload in payloads} == {TRACE}
    assert own_api.get("/integrity", run_id, thread_id).json()["verified"] is True


def test_a_tool_task_keeps_what_its_worker_needs(stack: RunningStack, own_api: Api) -> None:
    request_id = fresh("req")
    run_id, _ = send(own_api, "openai/tool", request_id)
    query = (
        "select trace_id, request_id, trace_flags, tracestate from runtime.tool_tasks"
        " where run_id = %s"
    )
    assert rows(stack, query, run_id) == [(TRACE, request_id, 1, STATE)]


def test_a_session_answers_each_frame_in_its_own_trace(
    own_api: Api, stack: RunningStack, server: OpenAIServer
) -> None:
    run_id, thread_id = send(own_api, "openai/ok", fresh("req"), mode="session")
    other, request_id = "5" * 32, fresh("req")
    body = {
        "thread_id": thread_id,
        "frame_id": "f2",
        "type": "user_message",
        "payload": {"text": "again"},
    }
    headers = {"traceparent": f"00-{other}-{'6' * 16}-00", "x-request-id": request_id}
    path = f"/runs/{run_id}/frames"
    own_api.send("POST", path, body=body, headers=headers, run_id=run_id, thread_id=thread_id)
    turns = 0
    for event in own_api.stream(run_id, thread_id):
        turns += '"type":"finish"' in event.data
        if turns == 2:
            break
    sent = server.requests[-1].headers
    assert sent["traceparent"].split("-")[1::2] == [other, "00"]
    assert sent["x-request-id"] == request_id
    assert "tracestate" not in sent
    query = (
        "select distinct trace_id from runtime.run_events"
        " where run_id = %s and event_type = 'step.finished' order by 1"
    )
    assert rows(stack, query, run_id) == [(TRACE,), (other,)]


def test_a_request_without_a_trace_is_followed_by_its_id(
    own_api: Api, server: OpenAIServer
) -> None:
    run_id, thread_id, request_id = fresh(), fresh("t"), fresh("req")
    own_api.start(run_id, thread_id, model="openai/ok")
    body = json.dumps(
        {
            "thread_id": thread_id,
            "frame_id": "f1",
            "type": "user_message",
            "payload": {"text": "hello"},
        }
    ).encode()
    own_api.send(
        "POST",
        f"/runs/{run_id}/frames",
        raw=body,
        run_id=run_id,
        thread_id=thread_id,
        headers={"x-request-id": request_id},
    )
    list(own_api.stream(run_id, thread_id))
    sent = server.requests[-1].headers
    assert sent["x-request-id"] == request_id
    assert "traceparent" not in sent
