"""From the commit of an event to its bytes on an open stream: 200 streams, 200 events/s.

Beside it, on the same events, a bare loop: one LISTEN connection, one SELECT and one write per
notification, no cursor, no encoding of parts, no sharing (`bench/floor_server.py`).
"""

import multiprocessing
import secrets
import selectors
import time
from typing import Any

from bench import runs, stack, streams
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.events import log

STREAMS = 200
EVENTS_PER_S = 200
SECONDS = 10
WARM_UP_S = 2


def run() -> list[Figure]:
    """The stack's streams and the floor's, one after the other."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 4)
        run_ids = [f"tail-{secrets.token_hex(5)}" for _ in range(STREAMS)]
        runs.make(db, run_ids)
        ours = _measure(state, run_ids, streams.ours(state))
        with streams.floor(state["database_url"]) as port:
            floor = _measure(state, run_ids, streams.floor_stream(port))
        db.close()
    p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
    floor_p50, floor_p99 = percentile(floor, 0.5), percentile(floor, 0.99)
    return [
        at_most(
            "tail_latency",
            "commit to bytes, 200 streams, 200 events/s, p50",
            p50,
            "ms",
            2.5,
            "commit of an event to its bytes on one of 200 streams, 200 events/s, p50",
        ),
        at_most("tail_latency", "the same, p99", p99, "ms", 12, "the same, p99"),
        plain("tail_latency", "bare LISTEN-to-SSE loop, p50", floor_p50, "ms"),
        plain("tail_latency", "bare LISTEN-to-SSE loop, p99", floor_p99, "ms"),
        at_most(
            "tail_latency",
            "p50 as a multiple of the bare loop",
            p50 / floor_p50,
            "",
            3,
            "the same p50 as a multiple of a bare LISTEN-to-SSE loop",
        ),
        at_most(
            "tail_latency",
            "p99 as a multiple of the bare loop",
            p99 / floor_p99,
            "",
            3,
            "the same p99 as a multiple of the bare loop",
        ),
    ]


def _measure(state: dict[str, Any], run_ids: list[str], open_stream: streams.Opener) -> list[float]:
    """Latencies in ms of every event after the warm-up."""
    selector = selectors.DefaultSelector()
    for run_id in run_ids:
        connection = open_stream(run_id)
        assert b"200" in connection.recv(16)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    writer = multiprocessing.Process(target=_write, args=(state["database_url"], run_ids))
    writer.start()
    latencies: list[float] = []
    counted_from_s = time.time() + WARM_UP_S
    until_s = counted_from_s + SECONDS
    while (now_s := time.time()) < until_s:
        for found, _ in selector.select(timeout=0.1):
            data = found.fileobj.recv(65_536)  # type: ignore[union-attr]
            arrived_s = time.time()
            if now_s >= counted_from_s:
                latencies += [(arrived_s - at) * 1000 for at in streams.times(data)]
    writer.join()
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    selector.close()
    return latencies


def _write(url: str, run_ids: list[str]) -> None:
    """Append one event at a time, evenly spread, in turn over the runs."""
    db = runs.database(url, 1)
    begin_s = time.time()
    for number in range(EVENTS_PER_S * (SECONDS + WARM_UP_S)):
        wait_s = begin_s + number / EVENTS_PER_S - time.time()
        if wait_s > 0:
            time.sleep(wait_s)
        with db.statement() as tx:
            log.append(tx, run_ids[number % len(run_ids)], [runs.DELTA])
    db.close()
