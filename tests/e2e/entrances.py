"""The ways into a stack; each is used with fresh secrets."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from tests.e2e.planting import taken, told
from tests.support.api import Api, fresh


def run(api: Api, model: str, text: str, **fields: Any) -> tuple[str, str]:
    """Run a turn to its end."""
    run_id, thread_id = fresh(), fresh("t")
    assert list(api.run_and_stream(run_id, thread_id, text, model=model, **fields))
    return run_id, thread_id


def a_message(api: Api) -> tuple[str, str]:
    return run(api, "scripted/echo", told("frame text"))


def everything_of_a_start(api: Api) -> tuple[str, str]:
    metadata = {"note": told("metadata"), **taken("metadata"), "list": [taken("metadata")]}
    policy = {"deny": [told("tool policy")]}
    return run(api, "scripted/echo", "hi", metadata=metadata, tool_policy=policy)


def a_model_name(api: Api) -> tuple[str, str]:
    return run(api, f"scripted/{taken('model name')['model key']}", "hi")


def a_context_and_a_cancel(api: Api) -> tuple[str, str]:
    run_id, thread_id = fresh(), fresh("t")
    api.start(run_id, thread_id, mode="session", model="scripted/echo")
    payload = {"note": told("context"), **taken("context"), "deep": [[taken("context")]]}
    for _ in range(2):
        sent = api.frame(run_id, thread_id, "f1", type="context", payload=payload)
        assert sent.status_code in (202, 200), sent.text
    other = api.frame(run_id, thread_id, "f1", type="context", payload=payload | {"note": "x"})
    assert other.status_code == 409
    assert api.cancel(run_id, thread_id, reason=told("cancel reason")).status_code == 202
    return run_id, thread_id


def a_cancel_frame(api: Api) -> tuple[str, str]:
    run_id, thread_id = fresh(), fresh("t")
    api.start(run_id, thread_id, mode="session", model="scripted/echo")
    reason = {"reason": told("cancel frame")}
    assert api.frame(run_id, thread_id, "f1", type="cancel", payload=reason).status_code == 202
    return run_id, thread_id


def headers_and_query(api: Api) -> tuple[str, str]:
    run_id, thread_id = a_message(api)
    secrets = {kind: quote(secret) for kind, secret in taken("headers").items()}
    headers = {
        "Authorization": f"Bearer {secrets['model key']}",
        "X-Api-Key": secrets["access key"],
        "Cookie": f"session={secrets['json web token']}",
        "X-Request-Id": secrets["repository token"],
        "User-Agent": secrets["model key"],
    }
    query = "".join(f"&{kind.replace(' ', '_')}={quote(s)}" for kind, s in taken("query").items())
    path = (
        f"/runs/{run_id}/events?thread_id={thread_id}{query}&api_key={taken('query')['model key']}"
    )
    answer = api.send("GET", path, run_id=run_id, thread_id=thread_id, headers=headers)
    assert answer.status_code == 200
    body = {"run_id": fresh(), "thread_id": fresh("t")}
    assert api.send("POST", "/runs", body=body, headers=headers, **body).status_code == 201
    return run_id, thread_id


def a_trace_and_a_nonce(api: Api) -> tuple[str, str]:
    run_id, thread_id = fresh(), fresh("t")
    given = taken("trace state")
    state = f"one={given['model key']},two={given['repository token']}"
    headers = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01", "tracestate": state}
    body = {"run": {"run_id": run_id, "thread_id": thread_id, "model": "scripted/demo"}}
    body["frame"] = {"frame_id": "f1", "type": "user_message", "payload": {"text": "what is 6*7?"}}
    claims = {"run_id": run_id, "thread_id": thread_id, "nonce": taken("nonce")["access key"]}
    assert api.send("POST", "/runs/stream", body=body, headers=headers, claims=claims).ok
    return run_id, thread_id


def refused_requests(api: Api) -> None:
    key = taken("refused")["model key"]
    bad = {"mode": key, "caps": {key: 1}, "model": key * 9, "metadata": key, "autopilot_id": key}
    for body in ({name: value} for name, value in bad.items()):
        assert api.start(fresh(), fresh("t"), **body).status_code == 400
    for names in ((key, fresh("t")), (fresh(), key)):
        assert api.start(*names).status_code == 400
    assert api.frame(fresh(), fresh("t"), key).status_code == 400
    assert api.as_guest(key).start(fresh(), fresh("t")).status_code == 400
    forged = {"X-OA-RUNTIME-SIGNATURE": f"v1.{key}.{key}", "X-OA-RUNTIME-KEY-ID": key}
    assert api.send("POST", "/runs", body={"thread_id": "t"}, headers=forged).status_code == 401
    assert api.send("GET", f"/{key}", thread_id="t").status_code == 404


def what_is_not_http(api: Api) -> None:
    at = urlsplit(api.base_url)
    key = taken("not HTTP")["model key"]
    for line in (f"GET /{key} {key}", f"GET /?api_key={key} HTTP/1.1\r\n{key} {key}", key * 300):
        with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
            connection.sendall(f"{line}\r\n\r\n".encode())
            assert connection.recv(100)


ENTRANCES: tuple[Callable[[Api], tuple[str, str] | None], ...] = (
    a_message,
    everything_of_a_start,
    a_model_name,
    a_context_and_a_cancel,
    a_cancel_frame,
    headers_and_query,
    a_trace_and_a_nonce,
    refused_requests,
    what_is_not_http,
    lambda api: run(api, "openai/said", "hi"),
    lambda api: run(api, "openai/called", "hi"),
    lambda api: run(api, "openai/refused", "hi"),
    lambda api: run(api, "openai/torn", "hi"),
)
