"""Whole runs: start, frame, a model call of 50 chunks, the stream read to `[DONE]`.

16 clients, each of a user of its own, one run after another; client, web, workers, broker and
Postgres on one machine. The CPU of a run is the figure that other work beside it changes least.

The floor beside it is one process without a broker, an executor or a check: for each run a row, the
same number of commits and of events, and 50 pieces of text over HTTP (`bench/lifecycle_floor.py`).
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Any

import psycopg2

from bench import processes, stack, streams
from bench.harness import Figure, at_least, at_most, percentile, plain
from bench.http_load import Connection
from runtime_app.security.key_ring import SigningKey

CLIENTS = 16
WARM_UP_S = 3
SECONDS = 15
MODEL = "scripted/tokens?n=50"
ANCHORED_WITHIN_S = 60
LEFT = """
select count(*) from runtime.runs r
 where r.terminal_at is not null
   and not exists (select from runtime.run_anchors a where a.run_id = r.run_id)"""
#: What a client does for one run, over its connection.
Lap = Callable[[Connection, str], None]


def run() -> list[Figure]:
    """In one request, in three, and the floor."""
    figures = []
    with stack.running() as state:
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        for how, lap in (("one request", in_one), ("three requests", in_three)):
            figures += _figures(how, *_measure(state, state["base_url"], key, lap))
        bare = streams.floor(state["owner_database_url"], "bench.lifecycle_floor")
        with bare as port:
            url = f"http://127.0.0.1:{port}"
            laps_ms, took_s, used = _measure(state, url, key, in_one, {"floor": {"pid": bare.pid}})
            used_s = used["floor"] + used["postgres"]
    count = len(laps_ms)
    return [
        *figures,
        plain("lifecycle", f"bare floor: runs, {CLIENTS} clients", count / took_s, "runs/s"),
        plain("lifecycle", "bare floor: CPU of a run", used_s / count * 1000, "ms"),
    ]


def _measure(
    state: dict[str, Any],
    url: str,
    key: SigningKey,
    lap: Lap,
    beside: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> tuple[list[float], float, Counter[str]]:
    """Laps after a warm-up, how long all took, and the CPU seconds of all roles until all is done.

    Args:
        beside: roles that are not the stack's.
    """

    def connect(user_id: int) -> Connection:
        return Connection(url, key, user_id)

    roles = {**state["roles"], **beside}
    _laps(connect, lap, WARM_UP_S)
    _until_anchored(state)
    before = processes.cpu_s(roles)
    laps_ms, took_s = _laps(connect, lap, SECONDS)
    _until_anchored(state)
    used = processes.cpu_s(roles)
    used.subtract(before)
    return laps_ms, took_s, used


def _until_anchored(state: dict[str, Any]) -> None:
    """A run costs something after its end, too: wait for that, not for the answer alone."""
    with closing(psycopg2.connect(state["owner_database_url"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            until_s = time.monotonic() + ANCHORED_WITHIN_S
            while time.monotonic() < until_s:
                cursor.execute(LEFT)
                if cursor.fetchone() == (0,):
                    return
                time.sleep(0.2)


def _figures(how: str, laps_ms: list[float], took_s: float, used: Counter[str]) -> list[Figure]:
    count = len(laps_ms)
    each_ms = {role: seconds / count * 1000 for role, seconds in used.items()}
    shown = ("web", "worker-runs", "postgres", "broker")
    rest_ms = sum(ms for role, ms in each_ms.items() if role not in shown)
    return [
        at_least(
            "lifecycle",
            f"{how}: runs, {CLIENTS} clients",
            count / took_s,
            "runs/s",
            60,
            f"whole runs in {how}, {CLIENTS} clients",
        ),
        at_most(
            "lifecycle",
            f"{how}: CPU of a run",
            sum(each_ms.values()),
            "ms",
            25,
            "CPU of such a run, all roles together",
        ),
        *(plain("lifecycle", f"{how}: of it {role}", each_ms.get(role, 0), "ms") for role in shown),
        plain("lifecycle", f"{how}: of it all other roles", rest_ms, "ms"),
        plain("lifecycle", f"{how}: a run, p50", percentile(laps_ms, 0.5), "ms"),
        plain("lifecycle", f"{how}: a run, p99", percentile(laps_ms, 0.99), "ms"),
    ]


def in_one(connection: Connection, run_id: str) -> None:
    """POST /runs/stream, as a chat sends it."""
    names = {"run_id": run_id, "thread_id": run_id}
    body = {"run": {**names, "model": MODEL}, "frame": _frame()}
    status, answer = connection.send("POST", "/runs/stream", names, body)
    assert status == 200, answer
    assert answer.rstrip().endswith(b"data: [DONE]"), answer


def in_three(connection: Connection, run_id: str) -> None:
    """POST /runs, POST the frame, GET the stream from the beginning."""
    names = {"run_id": run_id, "thread_id": run_id}
    status, answer = connection.send("POST", "/runs", names, {**names, "model": MODEL})
    assert status == 201, answer
    frame = {"thread_id": run_id, **_frame()}
    status, answer = connection.send("POST", f"/runs/{run_id}/frames", names, frame)
    assert status == 202, answer
    path = f"/runs/{run_id}/stream?thread_id={run_id}&cursor=0"
    status, answer = connection.send("GET", path, names, None)
    assert status == 200, answer
    assert answer.rstrip().endswith(b"data: [DONE]"), answer


def _frame() -> dict[str, Any]:
    return {"frame_id": "f1", "type": "user_message", "payload": {"text": "go"}}


def _laps(
    connect: Callable[[int], Connection], lap: Lap, seconds: float
) -> tuple[list[float], float]:
    """The time of each run in milliseconds, and how long all of it took in seconds."""
    laps_ms: list[float] = []
    stop = threading.Event()

    def work(user_id: int) -> None:
        connection = connect(user_id)
        while not stop.is_set():
            began_s = time.perf_counter()
            lap(connection, f"lap-{secrets.token_hex(6)}")
            laps_ms.append((time.perf_counter() - began_s) * 1000)
        connection.close()

    threads = [threading.Thread(target=work, args=(n + 1,)) for n in range(CLIENTS)]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return laps_ms, time.monotonic() - began_s
