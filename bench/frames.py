"""Frames per second over HTTP, client, web, Postgres, broker and workers on one machine.

The runs are held, as they are while an executor works on them: what is measured is accepting a
frame (signature, nonce, ownership, row, event, wake-up), not answering it.
"""

import secrets
import threading
import time
from itertools import cycle

import psutil

from bench import runs, stack
from bench.harness import Figure, at_least, percentile, plain
from bench.http_load import Connection
from runtime_app.security.key_ring import SigningKey

CONNECTIONS = 32
RUNS = 64
WARM_UP_S = 2
SECONDS = 10


def run() -> list[Figure]:
    """One frame a request, on 32 connections and 64 runs."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 1)
        run_ids = [f"bench-{n}" for n in range(RUNS)]
        runs.make(db, run_ids)
        db.close()
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        _frames(state["base_url"], key, run_ids, WARM_UP_S)
        web = psutil.Process(state["roles"]["web"]["pid"])
        cpu_s = _cpu_s(web)
        laps_ms, took_s = _frames(state["base_url"], key, run_ids, SECONDS)
        cpu_s = _cpu_s(web) - cpu_s
    count = len(laps_ms)
    return [
        at_least(
            "frames",
            "POST frames, 32 connections",
            count / took_s,
            "frames/s",
            500,
            "frames accepted over HTTP, 32 connections, all of the stack and the client beside it",
        ),
        plain("frames", "the same, p50", percentile(laps_ms, 0.5), "ms"),
        plain("frames", "the same, p99", percentile(laps_ms, 0.99), "ms"),
        plain("frames", "CPU of the web process per frame", cpu_s / count * 1000, "ms"),
    ]


def _cpu_s(master: psutil.Process) -> float:
    """Of a gunicorn master and its worker."""
    times = [process.cpu_times() for process in (master, *master.children())]
    return sum(each.user + each.system for each in times)


def _frames(
    base_url: str, key: SigningKey, run_ids: list[str], seconds: float
) -> tuple[list[float], float]:
    """The time of each frame in milliseconds, and how long all of it took in seconds."""
    laps_ms: list[float] = []
    stop = threading.Event()
    tag = secrets.token_hex(4)

    def work(place: int) -> None:
        connection = Connection(base_url, key)
        for number, run_id in enumerate(cycle(run_ids[place::CONNECTIONS])):
            if stop.is_set():
                break
            names = {"run_id": run_id, "thread_id": "bench"}
            frame = {
                "thread_id": "bench",
                "frame_id": f"{tag}-{place}-{number}",
                "type": "context",
                "payload": {"text": "a line of context, as an application would send it"},
            }
            began_s = time.perf_counter()
            status, answer = connection.send("POST", f"/runs/{run_id}/frames", names, frame)
            laps_ms.append((time.perf_counter() - began_s) * 1000)
            assert status == 202, answer
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CONNECTIONS)]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return laps_ms, time.monotonic() - began_s
