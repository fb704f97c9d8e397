"""Many readers of one process at once: let in together, and sent what comes."""

import ctypes
import os
import selectors
import socket
from contextlib import ExitStack
from typing import Any

import psutil

from runtime_app.bootstrap.web import WebRuntime
from runtime_app.config import Config
from runtime_app.db.database import Database
from tests.support.api import PREFIX, Api
from tests.support.replayed import forged
from tests.support.runs import append, delta
from tests.web import routes
from tests.web.raw_stream import connect, read_up, seqs
from tests.web.reading import Run
from tests.web.solo import KEY, surroundings
from web.app import create_app

READERS = 400
WITHIN_S = 60
_PIDFD_GETFD = 438


def test_hundreds_who_come_at_once_are_all_let_in_and_all_see_what_comes(
    api: Api, log_db: Database
) -> None:
    run = routes.start(api)
    with ExitStack() as closing, selectors.DefaultSelector() as selector:
        received = {}
        for _ in range(READERS):
            reader = closing.enter_context(connect(api, run, "&cursor=0&format=native"))
            received[reader] = b""
            selector.register(reader, selectors.EVENT_READ)
        _until(selector, received, b": caught-up 1\n")
        append(log_db, forged(run[0]), delta("a"))
        _until(selector, received, b"\nid: 2\n")
        for text in "bcd":
            append(log_db, run[0], delta(text), delta(text))
        _until(selector, received, b"\nid: 8\n")
    assert all(raw.startswith(b"HTTP/1.1 200") for raw in received.values())
    assert {tuple(seqs(raw)) for raw in received.values()} == {tuple(range(1, 9))}


def test_a_client_that_takes_part_of_what_it_is_sent_gets_the_rest_in_its_place(
    api: Api, log_db: Database
) -> None:
    """More than its socket holds comes while its reader sleeps."""
    run = routes.start(api)
    forged(run[0])
    large = [delta(f"{number} " * 4_000) for number in range(100, 140)]
    options = {"receive_bytes": 4096}
    with connect(api, run, "&cursor=0&format=native", **options) as slow:
        raw = read_up(slow)
        with connect(api, run, "&cursor=0&format=native") as quick:
            seen = read_up(quick)
            for event in large:
                append(log_db, run[0], event)
            seen = _read_to(quick, seen, len(large) + 1)
        raw = _read_to(slow, raw, len(large) + 1)
    assert seqs(raw) == seqs(seen) == list(range(1, len(large) + 2))


def test_a_peer_that_vanishes_is_given_up_by_the_kernel(
    api: Api, stack_state: dict[str, Any]
) -> None:
    """When it has acknowledged nothing for longer than a client may take nothing."""
    run = routes.start(api)
    with connect(api, run, "&cursor=0") as connection:
        read_up(connection)
        with _theirs(stack_state["roles"]["web"]["pid"], connection) as theirs:
            found_ms = theirs.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert found_ms == 65_000


def test_a_stream_that_cannot_begin_takes_no_place(api: Api, stack_state: dict[str, Any]) -> None:
    run: Run = routes.start(api)
    settings = surroundings(stack_state, OA_MAX_STREAMS_PER_RUN="1")
    runtime = WebRuntime.build(Config.from_env(settings))
    here = Api("", KEY)
    path = f"/runs/{run[0]}/stream?thread_id={run[1]}"
    gone = socket.socket()
    gone.close()
    for _ in range(2):
        token = here.token("GET", path, b"", {"run_id": run[0], "thread_id": run[1]})
        answer = (
            create_app(runtime)
            .test_client()
            .get(
                PREFIX + path,
                headers={"X-OA-RUNTIME-SIGNATURE": token, **here.principal},
                environ_overrides={"gunicorn.socket": gone},
            )
        )
        assert answer.status_code == 500
        assert runtime.readers.open == 0
    runtime.db.close()


def _until(
    selector: selectors.BaseSelector, received: dict[socket.socket, bytes], mark: bytes
) -> None:
    """Read all of them until each has got `mark`."""
    missing = {reader for reader, raw in received.items() if mark not in raw}
    while missing:
        ready = selector.select(WITHIN_S)
        assert ready, f"{len(missing)} got no {mark!r}: {received[missing.pop()]!r}"
        for found, _ in ready:
            reader = found.fileobj
            assert isinstance(reader, socket.socket)
            data = reader.recv(65_536)
            assert data, received[reader]
            received[reader] += data
            if mark in received[reader]:
                missing.discard(reader)


def _read_to(connection: socket.socket, raw: bytes, seq: int) -> bytes:
    """What a reader has got and gets up to the whole of an event."""
    while not (found := seqs(raw)) or found[-1] < seq:
        data = connection.recv(65_536)
        assert data, "the stream has ended"
        raw += data
    return raw


def _theirs(pid: int, connection: socket.socket) -> socket.socket:
    """The other end of a connection, as the process that serves it has it."""
    port = connection.getsockname()[1]
    web = psutil.Process(pid)
    for process in (web, *web.children(recursive=True)):
        for each in process.net_connections("tcp"):
            if each.raddr and each.raddr.port == port:
                pidfd = os.pidfd_open(process.pid)
                try:
                    number = ctypes.CDLL(None, use_errno=True).syscall(
                        _PIDFD_GETFD, pidfd, each.fd, 0
                    )
                finally:
                    os.close(pidfd)
                assert number >= 0, os.strerror(ctypes.get_errno())
                return socket.socket(fileno=number)
    raise AssertionError("nobody serves it")
