"""Breakers: what an admission and an outcome cost, and how soon others hear of a trip."""

import subprocess
import sys
import time
from contextlib import closing

import psycopg2

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.listen import Listener
from runtime_app.resilience import store
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import CHANNEL, Breakers

CALLS = 100_000
TRIPS = 20
CALLERS = 25
PROCESSES = 8
SECONDS = 5
CALLS_PER_S = 2000
POLICY = BreakerPolicy()
CLOCK = SystemClock()


def run() -> list[Figure]:
    """One process alone, two with a trip between them, two with 50 callers, eight at full speed."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 4)
        figures = [
            *_costs(db),
            *_told(db, state["direct_url"]),
            *_half_open(db, state["database_url"]),
            *_crowd(state["database_url"]),
        ]
        db.close()
    return figures


def _costs(db: Database) -> list[Figure]:
    breakers = Breakers(db, CLOCK)
    breakers.start()
    admission, _ = breakers.admit("cost|chat", 60, POLICY)
    admitting_s = outcomes_s = 0.0
    for _ in range(CALLS // 1000):
        began_s = time.process_time()
        for _ in range(1000):
            breakers.admit("cost|chat", 60, POLICY)
        admitting_s += time.process_time() - began_s
        began_s = time.process_time()
        for _ in range(1000):
            breakers.settle(admission, "ok")
        outcomes_s += time.process_time() - began_s
    breakers.stop()
    return [
        at_most("breakers", "admission while closed", admitting_s / CALLS * 1e6, "µs CPU", 10),
        at_most("breakers", "an outcome, writing included", outcomes_s / CALLS * 1e6, "µs CPU", 50),
    ]


def _told(db: Database, direct_url: str) -> list[Figure]:
    """From a trip in one view of the breakers to the first refusal in another."""
    deaf, hearing = Breakers(db, CLOCK), Breakers(db, CLOCK)
    listener = Listener(
        direct_url, [CHANNEL], lambda _channel, key: hearing.forget(key), hearing.forget_all
    )
    listener.start()
    listener.wait_connected(10)
    took: dict[str, list[float]] = {"with NOTIFY": [], "without": []}
    for n in range(TRIPS):
        for name, breakers in (("with NOTIFY", hearing), ("without", deaf)):
            key = f"told-{name}-{n}|chat"
            breakers.admit(key, 60, POLICY)
            with db.transaction() as tx:
                store.act(tx, key, "trip", POLICY)
            began_s = time.monotonic()
            while _admitted(breakers, key):
                time.sleep(0.001)
            took[name].append((time.monotonic() - began_s) * 1000)
    listener.stop()
    return [
        at_most(
            "breakers",
            f"trip to refusal elsewhere, {name}, worst of {TRIPS}",
            max(took[name]),
            "ms",
            limit,
        )
        for name, limit in (("with NOTIFY", 100), ("without", 1100))
    ]


def _admitted(breakers: Breakers, key: str) -> bool:
    try:
        breakers.admit(key, 60, POLICY)
    except store.Refused:
        return False
    return True


def _half_open(db: Database, url: str) -> list[Figure]:
    callers = [_process("tests.support.probers", url, str(CALLERS)) for _ in range(2)]
    took_ms, let_out = [], []
    for n in range(TRIPS):
        key = f"half-{n}|chat"
        with db.transaction() as tx:
            store.act(tx, key, "trip", BreakerPolicy(open_s=0.05))
        time.sleep(0.1)
        began_s = time.monotonic()
        told = _asked(callers, key)
        took_ms.append((time.monotonic() - began_s) * 1000)
        let_out.append(sum(line.count('"probe"') for line in told))
    _end(callers)
    return [
        at_most(
            "breakers", f"of {2 * CALLERS} half-open callers let out", max(let_out), "calls", 3
        ),
        at_most("breakers", "all of them decided, p95", percentile(took_ms, 0.95), "ms", 500),
    ]


def _crowd(url: str) -> list[Figure]:
    share = str(CALLS_PER_S // PROCESSES)
    callers = [
        _process("bench.breaker_caller", url, "crowd|chat", share, str(SECONDS))
        for _ in range(PROCESSES)
    ]
    before = _updates(url)
    made = sum(int(line) for line in _asked(callers, "go"))
    _end(callers)
    updates_per_s = (_updates(url) - before) / SECONDS
    return [
        plain("breakers", f"calls on one key, {PROCESSES} processes", made / SECONDS, "calls/s"),
        at_most("breakers", "updates of its row meanwhile", updates_per_s, "updates/s", 40),
    ]


def _updates(url: str) -> int:
    """Updates of breakers so far; the server's figures are up to a second late."""
    time.sleep(2)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select n_tup_upd from pg_stat_user_tables where relname = 'provider_breakers'"
        )
        (found,) = cursor.fetchone() or (0,)
    return int(found)


def _process(module: str, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=stack.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _asked(processes: list[subprocess.Popen[str]], line: str) -> list[str]:
    """What each says to a line that all are told at once."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return [process.stdout.readline() for process in processes if process.stdout is not None]


def _end(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        with process:
            process.kill()
