"""Whether an append grows slower with the log: the same appends beside few rows and beside many.

`OA_BENCH_LOG_ROWS` says how many are many; the default is what fits in a minute. 10 million take
some minutes to fill and about 5 GB of disk, of which more than 1 GB is the write-ahead log.
"""

import os
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.db.migrate import migrate
from runtime_app.events import log

FEW = 10_000
MANY = int(os.environ.get("OA_BENCH_LOG_ROWS", "1000000"))
APPENDS, ROUNDS = 100, 20
PER_RUN = 1000
#: Rows of one statement, and how many of these are under way at once.
CHUNK, AT_ONCE = 100_000, 2

# Rows as an append makes them, but for their hashes: nobody verifies these.
_FILL = """
insert into runtime.run_events (run_id, seq, event_type, event_version, event_class, payload,
                                payload_hash, prev_hash, event_hash, occurred_at, epoch)
select %(tag)s || '-' || n / %(per_run)s, n %% %(per_run)s, 'text.delta', 1, 'delta',
       '{"delta":"a piece of an answer","part_id":"p1.1.1"}', hash, hash, hash, now(), 1
  from generate_series(%(first)s, %(last)s) n, sha256('') hash
"""
_PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = %(of)s::regclass"


def run() -> list[Figure]:
    """The median of an append in either log; they take turns, so that both meet one machine."""
    with stack.running() as state:
        few = _Log(state, "few", FEW)
        many = _Log(state, "many", MANY)
        for _ in range(ROUNDS):
            few.append()
            many.append()
        few_ms, many_ms = few.close(), many.close()
    beside = f"append of 1 event beside {MANY:,} rows"
    return [
        plain("log_growth", f"append of 1 event beside {FEW:,} rows, p50", few_ms, "ms"),
        plain("log_growth", f"{beside}, p50", many_ms, "ms"),
        at_most(
            "log_growth",
            "the one as a multiple of the other",
            many_ms / few_ms,
            "",
            1.2,
            f"{beside}, as a multiple of beside {FEW:,}",
        ),
        plain("log_growth", f"filling {MANY:,} rows", many.filled_s, "s"),
    ]


class _Log:
    """A database of its own with so many rows, and a run in it."""

    def __init__(self, state: dict[str, Any], name: str, rows: int) -> None:
        owner_url, app_url = (
            state[url].rpartition("/")[0] for url in ("owner_database_url", "database_url")
        )
        _run(state["owner_database_url"], f"create database {name}")
        migrate(f"{owner_url}/{name}")
        began_s = time.monotonic()
        _fill(f"{owner_url}/{name}", rows)
        self.filled_s = time.monotonic() - began_s
        self._db = runs.database(f"{app_url}/{name}", 1)
        self._run_id = f"grown-{secrets.token_hex(5)}"
        self._laps_ms: list[float] = []
        runs.make(self._db, [self._run_id])
        self.append()
        self._laps_ms.clear()

    def append(self) -> None:
        for _ in range(APPENDS):
            began_s = time.perf_counter()
            with self._db.statement() as tx:
                log.append(tx, self._run_id, [runs.DELTA])
            self._laps_ms.append(1000 * (time.perf_counter() - began_s))

    def close(self) -> float:
        """The median of all appends, in milliseconds."""
        self._db.close()
        return percentile(self._laps_ms, 0.5)


def _run(url: str, statement: str, **params: object) -> list[tuple[Any, ...]]:
    """One statement in a session of its own; its rows, if it has any."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _fill(owner_url: str, rows: int) -> None:
    tag = f"filled-{secrets.token_hex(3)}"
    firsts = range(0, rows, CHUNK)
    _together(
        owner_url,
        (
            (_FILL, {"tag": tag, "per_run": PER_RUN, "first": n, "last": min(n + CHUNK, rows) - 1})
            for n in firsts
        ),
    )
    partitions = _run(owner_url, _PARTITIONS, of="runtime.run_events")
    _together(owner_url, ((f"vacuum analyze {name}", {}) for (name,) in partitions))
    _run(owner_url, "analyze runtime.run_events")
    _run(owner_url, "checkpoint")


def _together(url: str, statements: Iterable[tuple[str, dict[str, Any]]]) -> None:
    threads = ThreadPoolExecutor(AT_ONCE)
    try:
        for each in [threads.submit(_run, url, text, **params) for text, params in statements]:
            each.result()
    finally:
        threads.shutdown(cancel_futures=True)
