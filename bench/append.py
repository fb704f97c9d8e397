"""Appends per second, beside pgbench calling the same SQL function on the same rows."""

import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from bench import runs, stack
from bench.harness import Figure, at_least, plain
from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.local import postgres_programs

CONNECTIONS = 8
SECONDS = 5
BATCH = 20
_SCRIPT = """\\set r :client_id + 1
select * from runtime.append_events('bench-' || :r, null, null, array['text.delta'], array[1],
  array['delta'], array['{"delta":"a piece of an answer","part_id":"p1.1.1"}'], null, null, null);
"""


def run() -> list[Figure]:
    """One event and 20 events an append, on 8 connections."""
    with stack.running() as state:
        db = runs.database(state["database_url"], CONNECTIONS)
        run_ids = [f"bench-{n + 1}" for n in range(CONNECTIONS)]
        runs.make(db, run_ids)
        _appends(db, run_ids, 1)  # warm: the floor shall not pay for a cold server
        floor = _pgbench(state["database_url"])
        single, _ = _appends(db, run_ids, 1)
        batched, cpu_s = _appends(db, run_ids, BATCH)
        db.close()
    ratio = single / floor
    per_core = batched * BATCH * SECONDS / cpu_s
    return [
        plain("append", "pgbench, 1 event, 8 connections", floor, "appends/s"),
        plain("append", "Python, 1 event, 8 connections", single, "appends/s"),
        at_least("append", "Python as a share of pgbench", ratio, "", 0.45),
        plain("append", f"Python, batches of {BATCH}, 8 connections", batched * BATCH, "events/s"),
        at_least("append", f"batches of {BATCH}, per core of Python", per_core, "events/s", 25_000),
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


def _pgbench(url: str) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT)
        script.flush()
        options = ["-n", "-M", "prepared", "-f", script.name, "-T", str(SECONDS)]
        command = [_program(), *options, "-c", str(CONNECTIONS), "-j", "2", url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))


def _program() -> Path:
    return Path(postgres_programs.find()["pgbench"])
