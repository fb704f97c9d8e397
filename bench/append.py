"""Appends per second, beside pgbench calling the same SQL function on the same rows."""

import threading
import time

from bench import pgbench, runs, stack
from bench.harness import Figure, at_least, at_most, plain
from runtime_app.canonical import canonical
from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.events.catalog import CATALOG
from runtime_app.sanitizer import Profile

CONNECTIONS = 8
SECONDS = 5
BATCH = 20
ROUNDS = 1000
_SCRIPT = """\\set r :client_id + 1
select * from runtime.append_events('bench-' || :r, null, null, array['text.delta'], array[1],
  array['delta'], array['{"delta":"a piece of an answer","part_id":"p1.1.1"}'],
  null, null, null, null, null, null);
"""


def run() -> list[Figure]:
    """One event and 20 events an append, on 8 connections."""
    with stack.running() as state:
        db = runs.database(state["database_url"], CONNECTIONS)
        run_ids = [f"bench-{n + 1}" for n in range(CONNECTIONS)]
        runs.make(db, run_ids)
        _appends(db, run_ids, 1)  # warm: the floor shall not pay for a cold server
        floor = pgbench.per_s(state["database_url"], _SCRIPT, CONNECTIONS, SECONDS)
        single, _ = _appends(db, run_ids, 1)
        batched, cpu_s = _appends(db, run_ids, BATCH)
        shares = {batch: _sanitized(db, run_ids[0], batch) for batch in (1, BATCH)}
        db.close()
    ratio = single / floor
    per_core = batched * BATCH * SECONDS / cpu_s
    return [
        plain("append", "pgbench, 1 event, 8 connections", floor, "appends/s"),
        plain("append", "Python, 1 event, 8 connections", single, "appends/s"),
        at_least(
            "append",
            "Python as a share of pgbench",
            ratio,
            "",
            0.45,
            "append of 1 event through Python, 8 connections, as a share of pgbench calling the "
            "same function",
        ),
        plain("append", f"Python, batches of {BATCH}, 8 connections", batched * BATCH, "events/s"),
        at_least(
            "append",
            f"batches of {BATCH}, per core of Python",
            per_core,
            "events/s",
            25_000,
            f"append in batches of {BATCH}, per core of Python",
        ),
        *(
            at_most(
                "append",
                f"sanitizer's share, {batch} to an append",
                share,
                "",
                0.15,
                f"the sanitizer's share of an append of {batch}",
            )
            for batch, share in shares.items()
        ),
    ]


def _appends(db: Database, run_ids: list[str], batch: int) -> tuple[float, float]:
    """Appends a second, and the CPU seconds this process took for them."""
    stop = threading.Event()
    counts = [0] * len(run_ids)
    events = [runs.DELTA] * batch

    def work(index: int) -> None:
        while not stop.is_set():
            with db.statement() as tx:
                log.append(tx, run_ids[index], events)
            counts[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(run_ids))]
    started_s, cpu_s = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started_s), time.process_time() - cpu_s


def _sanitized(db: Database, run_id: str, batch: int) -> float:
    """The sanitizer's share of the time of an append, on one connection that waits for nobody.

    Half of the events are deltas, half are tool calls of about 1 KB.
    """
    mixed = [runs.DELTA, runs.TOOL_CALL] * batch
    offered = mixed[:batch], mixed[1 : batch + 1]
    began_s = time.perf_counter()
    for n in range(ROUNDS):
        with db.statement() as tx:
            log.append(tx, run_id, offered[n % 2])
    whole_s = time.perf_counter() - began_s
    written = [
        (canonical(event.payload), event.payload, CATALOG[event.type].structure)
        for event in (runs.DELTA, runs.TOOL_CALL)
    ]
    began_s = time.perf_counter()
    for n in range(ROUNDS * batch):
        text, payload, structure = written[n % 2]
        db.sanitizer.canonical(text, payload, Profile.SECRETS, structure)
    return (time.perf_counter() - began_s) / whole_s
