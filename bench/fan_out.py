"""One event to 1,000 readers of one run in one process: from its commit to the last of them.

Beside it a bare loop that reads the row once and writes it to each socket (`floor_server.py`).
Whoever reads the sockets is one process for both, and part of both figures.
"""

import secrets
import selectors
import socket
import time

from bench import runs, stack, streams
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.db.database import Database
from runtime_app.events import log

READERS = 1000
ROUNDS = 40
WARM_UP = 5
PATIENCE_S = 20


def run() -> list[Figure]:
    """The stack's streams and the floor's, one after the other, on the same run."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 1)
        run_id = f"fan-{secrets.token_hex(5)}"
        runs.make(db, [run_id])
        ours = _measure(db, run_id, streams.ours(state))
        with streams.floor(state["database_url"]) as port:
            floor = _measure(db, run_id, streams.floor_stream(port))
        db.close()
    last, floor_last = percentile(ours, 0.5), percentile(floor, 0.5)
    return [
        at_most(
            "fan_out",
            f"commit to the last of {READERS} readers, p50",
            last,
            "ms",
            45,
            f"one event to the last of {READERS:,} readers of its run, p50",
        ),
        plain("fan_out", "the same, p99", percentile(ours, 0.99), "ms"),
        plain("fan_out", "bare loop, p50", floor_last, "ms"),
        plain("fan_out", "bare loop, p99", percentile(floor, 0.99), "ms"),
        at_most(
            "fan_out",
            "p50 as a multiple of the bare loop",
            last / floor_last,
            "",
            3,
            "the same as a multiple of a bare loop",
        ),
    ]


def _measure(db: Database, run_id: str, open_stream: streams.Opener) -> list[float]:
    """Of each event after the warm-up, the ms until the last reader had it."""
    selector = selectors.DefaultSelector()
    readers = []
    for _ in range(READERS):
        reader = open_stream(run_id)
        readers.append(reader)
        answer = reader.recv(4096)
        assert b" 200 " in answer, answer
        reader.setblocking(False)
        selector.register(reader, selectors.EVENT_READ)
    lasts = [_round(db, run_id, selector) for _ in range(ROUNDS)]
    selector.close()
    for reader in readers:
        reader.close()
    return lasts[WARM_UP:]


def _round(db: Database, run_id: str, selector: selectors.DefaultSelector) -> float:
    with db.statement() as tx:
        log.append(tx, run_id, [runs.DELTA])
    missing, at_s, now_s = READERS, 0.0, time.time()
    until_s = now_s + PATIENCE_S
    while missing and now_s < until_s:
        for found, _ in selector.select(timeout=0.1):
            reader = found.fileobj
            assert isinstance(reader, socket.socket)
            for moment in streams.times(reader.recv(65_536)):
                missing -= 1
                at_s = moment
        now_s = time.time()
    assert not missing, f"{missing} readers got nothing within {PATIENCE_S} s"
    return (now_s - at_s) * 1000
