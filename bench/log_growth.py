"""Whether an append grows slower with the log: the same appends beside few rows and beside many.

`OA_BENCH_LOG_ROWS` says how many are many. A log of 10 million rows takes minutes to fill and about
5 GB of disk; the default is what fits in a minute.
"""

import os
import secrets
import time
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

# Rows as an append makes them, but for their hashes: nobody verifies these.
_FILL = """
insert into runtime.run_events (run_id, seq, event_type, event_version, event_class, payload,
                                payload_hash, prev_hash, event_hash, occurred_at, epoch)
select %(tag)s || '-' || n / %(per_run)s, n %% %(per_run)s, 'text.delta', 1, 'delta',
       '{"delta":"a piece of an answer","part_id":"p1.1.1"}', hash, hash, hash, now(), 1
  from generate_series(1, %(rows)s) n, sha256('') hash
"""


def run() -> list[Figure]:
    """The median of an append in either log; they take turns, so that both meet one machine."""
    with stack.running() as state:
        few = _Log(state, "few", FEW)
        many = _Log(state, "many", MANY)
        for _ in range(ROUNDS):
            few.append()
            many.append()
        few_ms, many_ms = few.close(), many.close()
    return [
        plain("log_growth", f"append of 1 event beside {FEW:,} rows, p50", few_ms, "ms"),
        plain("log_growth", f"the same beside {MANY:,} rows", many_ms, "ms"),
        at_most("log_growth", "the one as a multiple of the other", many_ms / few_ms, "", 1.2),
    ]


class _Log:
    """A database of its own with so many rows, and a run in it."""

    def __init__(self, state: dict[str, Any], name: str, rows: int) -> None:
        owner_url, app_url = (
            state[url].rpartition("/")[0] for url in ("owner_database_url", "database_url")
        )
        _run(state["owner_database_url"], f"create database {name}")
        migrate(f"{owner_url}/{name}")
        _fill(f"{owner_url}/{name}", rows)
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


def _run(url: str, *statements: str, **params: object) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, params or None)
    finally:
        connection.close()


def _fill(owner_url: str, rows: int) -> None:
    tag = f"filled-{secrets.token_hex(3)}"
    _run(owner_url, _FILL, tag=tag, rows=rows, per_run=PER_RUN)
    _run(owner_url, "vacuum analyze runtime.run_events", "checkpoint")
