"""Log lines of all roles, joined by the id of the request that they work for."""

import json
from typing import Any

import requests

from tests.support.api import Api, fresh, read_sse
from tests.support.stack import RunningStack, eventually

TRACE = "b" * 32


def lines(stack: RunningStack, role: str) -> list[dict[str, Any]]:
    """What a role has logged so far."""
    text = (stack.home / "logs" / f"{role}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_one_request_can_be_followed_through_the_logs_of_all_roles(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id, request_id = fresh(), fresh("t"), fresh("req")
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id, "model": "scripted/demo"},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "6*7?"}},
    }
    answer = own_api.send(
        "POST",
        "/runs/stream",
        body=body,
        headers={"x-request-id": request_id, "traceparent": f"00-{TRACE}-{'c' * 16}-01"},
        stream=True,
        run_id=run_id,
        thread_id=thread_id,
    )
    list(read_sse(answer))

    def told() -> dict[str, set[str]]:
        return {
            role: {
                line["event"] for line in lines(stack, role) if line.get("request_id") == request_id
            }
            for role in ("web", "worker-runs", "worker-tools")
        }

    wanted = {
        "web": {"http.request"},
        "worker-runs": {"model.called", "run.ended"},
        "worker-tools": {"tool.ended"},
    }
    eventually(lambda: told() == wanted, what=f"{wanted} in {told()}")
    found = [
        line
        for role in wanted
        for line in lines(stack, role)
        if line.get("request_id") == request_id
    ]
    assert {line["trace_id"] for line in found} == {TRACE}
    assert {line["run_id"] for line in found} == {run_id}
    assert {line["role"] for line in found} == set(wanted)
    assert all(len(line["span_id"]) == 16 for line in found)


def test_a_request_leaves_nothing_to_the_next_on_its_connection(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    own_api.start(run_id, thread_id)
    first, second = fresh("req"), fresh("req")
    with requests.Session() as session:
        for request_id, path, named, query in (
            (first, f"/runs/{run_id}", run_id, f"?thread_id={thread_id}"),
            (second, f"/threads/{thread_id}/state", None, ""),
        ):
            names = {"run_id": named, "thread_id": thread_id}
            token = own_api.token("GET", path, b"", names)
            headers = {"X-OA-RUNTIME-SIGNATURE": token, "x-request-id": request_id}
            url = f"{own_api.base_url}/internal/v1{path}{query}"
            session.get(url, headers={**headers, **own_api.principal}, timeout=10)

    def line_of(request_id: str) -> dict[str, Any] | None:
        mine = [line for line in lines(stack, "web") if line.get("request_id") == request_id]
        return mine[0] if mine else None

    assert eventually(lambda: line_of(first), what="the first line")["run_id"] == run_id
    assert "run_id" not in eventually(lambda: line_of(second), what="the second line")
