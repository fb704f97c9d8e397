"""Whether an append grows slower with the log: the same appends beside few rows and beside many.

`OA_BENCH_LOG_ROWS` says how many are many. A log of 10 million rows takes minutes to fill and about
5 GB of disk; the default is what fits in a minute.
"""

import os
import secrets
import time

import psycopg2

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.db.database import Database
from runtime_app.events import log

FEW = 10_000
MANY = int(os.environ.get("OA_BENCH_LOG_ROWS", "1000000"))
APPENDS = 2000
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
    """The median of an append, and how it grows."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 1)
        run_id = f"grown-{secrets.token_hex(5)}"
        runs.make(db, [run_id])
        _appends(db, run_id)  # warm
        _fill(state["owner_database_url"], FEW)
        few_ms = _appends(db, run_id)
        _fill(state["owner_database_url"], MANY)
        many_ms = _appends(db, run_id)
        db.close()
    return [
        plain("log_growth", f"append of 1 event beside {FEW:,} rows, p50", few_ms, "ms"),
        plain("log_growth", f"the same beside {MANY:,} rows", many_ms, "ms"),
        at_most("log_growth", "the one as a multiple of the other", many_ms / few_ms, "", 1.2),
    ]


def _appends(db: Database, run_id: str) -> float:
    laps_ms = []
    for _ in range(APPENDS):
        began_s = time.perf_counter()
        with db.statement() as tx:
            log.append(tx, run_id, [runs.DELTA])
        laps_ms.append(1000 * (time.perf_counter() - began_s))
    return percentile(laps_ms, 0.5)


def _fill(owner_url: str, rows: int) -> None:
    connection = psycopg2.connect(owner_url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            tag = f"filled-{secrets.token_hex(3)}"
            cursor.execute(_FILL, {"tag": tag, "rows": rows, "per_run": PER_RUN})
            cursor.execute("vacuum analyze runtime.run_events")
            cursor.execute("checkpoint")
    finally:
        connection.close()
