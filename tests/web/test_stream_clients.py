"""Whoever reads a stream and hangs up, stalls or is slow: noticed, let go, able to come back."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api import Api, fresh
from tests.support.stack import eventually
from tests.web import routes
from tests.web.endings import ended
from tests.web.envelope import refused
from tests.web.floor import prune_deltas
from tests.web.raw_stream import connect, read_to_end, read_up, seqs, unchunked
from tests.web.reading import Run, open_stream, parsed
from tests.web.solo import KEY, surroundings, web_process
from tests.web.wire import head

STALL_S = 1.0
#: More than sockets hold of what nobody reads.
FRAMES, FRAME_BYTES = 24, 240_000


@pytest.fixture(scope="module")
def strict(stack_state: dict[str, Any]) -> Iterator[Api]:
    """A process that serves one stream of a run, and waits a second for its client."""
    settings = surroundings(
        stack_state,
        OA_MAX_STREAMS_PER_RUN="1",
        OA_STREAM_STALL_S=str(STALL_S),
        OA_MAX_FRAMES_PER_S="1000",
    )
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


@pytest.fixture(scope="module")
def large(strict: Api) -> Run:
    """A run whose stream is megabytes."""
    return much(strict)


def much(api: Api) -> Run:
    """A run that waits, and whose stream is megabytes."""
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, mode="session").status_code == 201
    for number in range(FRAMES):
        payload = {"text": f"{number} " * (FRAME_BYTES // len(f"{number} "))}
        answer = api.frame(run_id, thread_id, f"f{number}", type="context", payload=payload)
        assert answer.status_code == 202
    return run_id, thread_id


def free(api: Api, run: Run) -> bool:
    """Whether the run's one stream is free."""
    with open_stream(api, run, "&tail_ms=1") as response:
        return response.status_code == 200


def test_a_client_that_hangs_up_on_an_idle_stream_is_noticed_at_once(strict: Api) -> None:
    run = routes.start(strict)
    with connect(strict, run, "&cursor=0") as connection:
        received = b""
        while b"caught-up" not in received:
            received += connection.recv(4096)
        assert not free(strict, run)
    eventually(lambda: free(strict, run), within_s=10, what="the place is given back")


def test_a_client_that_will_send_nothing_more_has_hung_up(strict: Api) -> None:
    run = routes.start(strict)
    with connect(strict, run, "&cursor=0") as connection:
        connection.shutdown(socket.SHUT_WR)
        assert b"HTTP/1.1 200" in read_to_end(connection)
    assert free(strict, run)


def test_a_client_that_asks_again_before_its_stream_has_ended_is_answered_after_it(
    strict: Api,
) -> None:
    run = routes.start(strict)
    with connect(strict, run, "&cursor=0&tail_ms=700", headers={}) as connection:
        connection.sendall(head("GET", "/healthz", {"Connection": "close"}))
        raw = read_to_end(connection)
    stream, _, second = raw.partition(b"\r\n0\r\n\r\n")
    assert b"caught-up" in stream
    assert second.startswith(b"HTTP/1.1 200")


def test_a_client_that_takes_nothing_is_let_go_and_can_resume(strict: Api, large: Run) -> None:
    latest_seq = strict.snapshot(*large)["latestSeq"]
    with connect(strict, large, "&cursor=0&format=native", receive_bytes=4096) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert not free(strict, large)
        eventually(lambda: free(strict, large), within_s=30, what="it is let go")
        seen = seqs(read_to_end(connection))
    assert len(seen) < latest_seq
    with connect(strict, large, f"&cursor={len(seen)}&format=native") as connection:
        assert seen + seqs(read_up(connection)) == list(range(1, latest_seq + 1))


def test_a_client_that_is_slow_and_goes_on_is_served_to_the_end(strict: Api, large: Run) -> None:
    latest_seq = strict.snapshot(*large)["latestSeq"]
    began_s = time.monotonic()
    eventually(lambda: free(strict, large), what="the place of the test before")
    with connect(strict, large, "&cursor=0&format=native", receive_bytes=4096) as connection:
        raw = read_up(connection, pause_s=0.01)
    assert time.monotonic() - began_s > 2 * STALL_S
    assert seqs(raw) == list(range(1, latest_seq + 1))


def test_a_client_that_the_floor_passes_is_told_and_its_resume_is_refused(
    strict: Api, stack_state: dict[str, Any]
) -> None:
    run = ended(strict, model="scripted/tokens?n=400&bytes=8000")
    latest_seq = strict.snapshot(*run)["latestSeq"]
    with connect(strict, run, "&cursor=0", receive_bytes=4096) as connection:
        raw = connection.recv(4096)
        prune_deltas(stack_state, run[0])
        raw += read_to_end(connection)
    told = parsed(unchunked(raw).decode())[-2:]
    assert "no longer kept" in str(told[0].get("data"))
    last = int(str(told[1].get("")).removeprefix("stale-cursor "))
    assert last < latest_seq
    refused(open_stream(strict, run, f"&cursor={last}"), 410, "stale_cursor")
