"""Bodies that come slowly, in disguise, or with too much inside."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from runtime_app.canonical import MAX_DEPTH, MAX_KEYS, MAX_STRING_BYTES
from tests.support.api import PREFIX, Api
from tests.web import routes
from tests.web.envelope import fields, refused
from tests.web.signing import SIGNATURE
from tests.web.solo import KEY, surroundings, web_process
from tests.web.wire import chunk, exchange, head

WITHIN_S = 1.0
RUNS = f"{PREFIX}/runs"
LENGTH = head("POST", RUNS, {"Content-Length": "1000", "Content-Type": "application/json"})
CHUNKED = head("POST", RUNS, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"})


@pytest.fixture(scope="module")
def roomy(stack_state: dict[str, Any]) -> Iterator[Api]:
    """A process that takes large bodies, and takes them quickly."""
    settings = surroundings(
        stack_state, OA_BODY_WITHIN_S=str(WITHIN_S), OA_MAX_BODY_BYTES="1048576"
    )
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


def _dripping(opening: bytes, drop: bytes) -> Iterator[bytes]:
    """An opening, then a drop every 50 ms for as long as anybody listens."""
    yield opening
    pause = threading.Event()
    for _ in range(200 if drop else 0):
        pause.wait(0.05)
        yield drop


@pytest.mark.parametrize(
    ("opening", "drop"),
    [(LENGTH, b""), (LENGTH, b" "), (CHUNKED, chunk(b" "))],
    ids=["nothing comes", "a byte now and then", "a chunk now and then"],
)
def test_a_body_that_does_not_come_in_time_is_cut_off(
    roomy: Api, opening: bytes, drop: bytes
) -> None:
    began_s = time.monotonic()
    answer = exchange(roomy.base_url, _dripping(opening, drop), cut=True)
    refused(answer, 408, "request_timeout")
    assert WITHIN_S * 0.9 <= time.monotonic() - began_s < WITHIN_S + 5


def test_a_body_that_no_route_needs_has_to_come_as_well(roomy: Api) -> None:
    opening = head("GET", f"{RUNS}/r?thread_id=t", {"Content-Length": "10"})
    refused(exchange(roomy.base_url, [opening], cut=True), 408, "request_timeout")


def test_others_are_served_while_a_body_drips(roomy: Api) -> None:
    address = urlsplit(roomy.base_url)
    with socket.create_connection((address.hostname, address.port)) as slow:
        slow.sendall(LENGTH + b" ")
        run_id, thread_id = routes.start(roomy)
        assert roomy.get("", run_id, thread_id).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity", "gzip, gzip"])
def test_an_encoded_body_is_refused_before_its_signature(roomy: Api, encoding: str) -> None:
    answer = roomy.send(
        "POST", "/runs", raw=b"{}", headers={"Content-Encoding": encoding, SIGNATURE: None}
    )
    assert fields(refused(answer, 400, "invalid_request")) == ["Content-Encoding"]


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        # The body is a level, and so is the payload.
        (_deep(MAX_DEPTH - 1), None),
        (_deep(MAX_DEPTH), "payload" + ".a" * MAX_DEPTH),
        ({f"k{n}": n for n in range(MAX_KEYS - 4)}, None),
        ({f"k{n}": n for n in range(MAX_KEYS - 3)}, "payload"),
        ({"many": [{"a": 1, "b": 2}] * (MAX_KEYS // 2)}, f"payload.many.{MAX_KEYS // 2 - 3}"),
        ({"a": "x" * MAX_STRING_BYTES}, None),
        ({"a": ["x" * (MAX_STRING_BYTES + 1)]}, "payload.a.0"),
        ({"a": "é" * (MAX_STRING_BYTES // 2 + 1)}, "payload.a"),
        ({"x" * (MAX_STRING_BYTES + 1): 1}, ("payload." + "x" * 200)[:200]),
    ],
    ids=[
        "32 levels",
        "33 levels",
        "10,000 keys",
        "10,001 keys",
        "10,001 keys in many objects",
        "256 KiB",
        "a byte more",
        "more bytes than letters",
        "a long key",
    ],
)
def test_what_is_inside_a_body_is_limited(roomy: Api, payload: Any, field: str | None) -> None:
    run_id, thread_id = routes.start(roomy)
    body = {"thread_id": thread_id, "frame_id": "f", "type": "context", "payload": payload}
    answer = roomy.send(
        "POST",
        f"/runs/{run_id}/frames",
        raw=json.dumps(body, ensure_ascii=False).encode(),
        run_id=run_id,
        thread_id=thread_id,
    )
    if field is None:
        assert answer.status_code == 202, answer.text[:500]
    else:
        assert fields(refused(answer, 400, "invalid_request")) == [field]
