"""Thousands of streams on which nothing happens: their memory, and what they ask of Postgres.

Beside them as many sockets of a bare loop, a greenlet each (`floor_server.py`).

Only what the web process asks is counted: the sweeps of the stack go on beside it, in a rhythm of
their own, whose beats would drown a figure this small.
"""

import secrets
import socket
import time
from typing import Any

import psutil
import psycopg2

from bench import runs, stack, streams
from bench.harness import Figure, at_most, plain

STREAMS = 5000
RUNS = 50
OPENING_S = 20
#: Longer than the safety re-read's 15 s and its jitter.
WATCHED_S = 20
LOOK_EVERY_S = 0.05


def run() -> list[Figure]:
    """As many as are open after 20 s, 5,000 at most."""
    limit = str(STREAMS + 1)
    with stack.running(OA_MAX_STREAMS_PER_OWNER=limit, OA_MAX_STREAMS_PER_RUN=limit) as state:
        db = runs.database(state["database_url"], 1)
        run_ids = [f"idle-{secrets.token_hex(5)}" for _ in range(RUNS)]
        runs.make(db, run_ids)
        db.close()
        open_stream = streams.ours(state)
        warm = [_opened(open_stream, run_ids[n % RUNS]) for n in range(100)]
        before_bytes, quiet = _memory(state), _queries_per_s(state)
        opened: list[socket.socket] = []
        until_s = time.monotonic() + OPENING_S
        while len(opened) + len(warm) < STREAMS and time.monotonic() < until_s:
            opened.append(_opened(open_stream, run_ids[len(opened) % RUNS]))
        each_kib = (_memory(state) - before_bytes) / 1024 / len(opened)
        busy = _queries_per_s(state)
        for stream in [*warm, *opened]:
            stream.close()
        floor_kib = _floor_kib(state["database_url"], len(opened))
    count = len(opened) + len(warm)
    return [
        plain("idle_streams", "streams open in one process", count, ""),
        at_most(
            "idle_streams",
            "memory of each",
            each_kib,
            "KiB",
            40,
            f"memory of each of {count:,} idle streams in one process",
        ),
        plain("idle_streams", "memory of a socket of the bare loop", floor_kib, "KiB"),
        plain("idle_streams", "queries of the web process without them", quiet, "/s"),
        # The safety re-read of the process is one query in 15 s.
        at_most(
            "idle_streams",
            "queries of the web process with them",
            busy,
            "/s",
            1,
            "what they ask of Postgres",
        ),
    ]


def _opened(open_stream: streams.Opener, run_id: str) -> socket.socket:
    stream = open_stream(run_id)
    received = b""
    while b"caught-up" not in received:
        data = stream.recv(4096)
        assert data, received
        received += data
    return stream


def _memory(state: dict[str, Any]) -> int:
    """What the web role holds that it shares with nobody, in bytes."""
    web = psutil.Process(state["roles"]["web"]["pid"])
    return sum(each.memory_full_info().uss for each in [web, *web.children(recursive=True)])


def _floor_kib(url: str, count: int) -> float:
    """What so many sockets cost that are open and on which nothing is ever sent."""
    bare = streams.floor(url)
    with bare as port:
        open_stream = streams.floor_stream(port)
        warm = [_answered(open_stream(f"bare-{n}")) for n in range(100)]
        before_bytes = psutil.Process(bare.pid).memory_full_info().uss
        opened = [_answered(open_stream(f"bare-{n % RUNS}")) for n in range(count)]
        grown_bytes = psutil.Process(bare.pid).memory_full_info().uss - before_bytes
        for stream in [*warm, *opened]:
            stream.close()
    return grown_bytes / 1024 / count


def _answered(stream: socket.socket) -> socket.socket:
    assert b" 200 " in stream.recv(4096)
    return stream


def _queries_per_s(state: dict[str, Any]) -> float:
    """How often a statement began on one of the web process's connections, by looking often."""
    web = psutil.Process(state["roles"]["web"]["pid"])
    ports = [
        each.laddr.port
        for process in (web, *web.children(recursive=True))
        for each in process.net_connections("tcp")
        if each.raddr
    ]
    connection = psycopg2.connect(state["owner_database_url"])
    connection.autocommit = True
    begun: set[tuple[int, object]] = set()
    with connection.cursor() as cursor:

        def look() -> set[tuple[int, object]]:
            cursor.execute(
                "select pid, query_start from pg_stat_activity where client_port = any(%s)",
                (ports,),
            )
            return set(cursor.fetchall())

        before = look()
        until_s = time.monotonic() + WATCHED_S
        while time.monotonic() < until_s:
            time.sleep(LOOK_EVERY_S)
            begun |= look()
    connection.close()
    return len(begun - before) / WATCHED_S
