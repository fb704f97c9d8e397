"""Apply what has been appended: rows and watermark in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.clock import Clock, SystemClock, rfc3339
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.observability import telemetry
from runtime_app.projections.batch import Batch, reduce_all
from runtime_app.projections.laravel_v1 import ROWLESS, Fact
from runtime_app.projections.rows import MESSAGES, RUN_EVENTS, RUNS, THREADS, VERSION, Row

SQL = beside(__file__)
_CLOCK = SystemClock()

#: Events of one batch, and bytes of payloads after which nothing more is in it.
EVENTS, BATCH_BYTES = 500, 1_048_576
#: Runs looked at in one sweep.
RUNS_AT_ONCE = 500
#: How long to wait before each retry of an event that cannot be reduced; then the run is dead.
RETRIES_S = (1.0, 5.0, 30.0, 120.0, 600.0)
_WRITES = {
    THREADS: SQL["write_threads"],
    RUNS: SQL["write_runs"],
    MESSAGES: SQL["write_messages"],
    RUN_EVENTS: SQL["write_run_events"],
}


class ForeignRow(Exception):
    """Where ours should be stands a row of somebody else."""


class BrokenLog(Exception):
    """The events that follow the watermark are not the next ones."""


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive events: as the reducer sees them, and the chain after each."""

    facts: Sequence[Fact]
    links: Sequence[bytes]


def project(db: Database, run_id: str) -> int:
    """Apply every event of a run that its read models lack, in batches.

    Copies may be at it at once: the watermark moves only from where a batch began. Runs of guests,
    which have no watermark, and dead ones are left alone.

    Returns:
        How many events this call applied.

    Effects:
        projected_*, projection_watermarks.
    """
    applied = 0
    while True:
        mark = db.one(SQL["watermark"], run_id=run_id)
        if mark is None or mark.status != "live" or mark.waits:
            return applied
        try:
            page = read(db, mark, mark.last_seq, mark.chain_head)
            if not page.facts:
                return applied
            batch = reduce_all(stored_loads(mark.state), page.facts)
            applied += _commit(db, mark, page, batch)
        except (ForeignRow, BrokenLog) as problem:
            named = {"run_id": run_id, "from_seq": mark.last_seq}
            db.execute(SQL["bury"], **named, problem=str(problem))
            telemetry.emit("projection.died")
            return applied


def sweep(db: Database, spell_s: float = 20.0, clock: Clock = _CLOCK) -> int:
    """Project every run that is behind, for about `spell_s` seconds; how many events."""
    until_s = clock.monotonic() + spell_s
    applied = 0
    for row in db.all(SQL["behind"], limit=RUNS_AT_ONCE):
        if clock.monotonic() >= until_s:
            break
        applied += project(db, row.run_id)
    return applied


def read(db: Database | Transaction, mark: Any, after: int, chain_head: bytes | None) -> Page:
    """The events that follow; checked to be the very next ones.

    Raises:
        BrokenLog: a seq is missing, or the chain does not hold.
    """
    bounds = {"after": after, "until": after + EVENTS, "limit_bytes": BATCH_BYTES}
    rows = db.all(SQL["read_facts"], run_id=mark.run_id, **bounds)
    facts, links, link = [], [], chain_head
    for seq, row in enumerate(rows, after + 1):
        if row.seq != seq:
            raise BrokenLog(f"the log has no event {seq}")
        if link is not None and bytes(row.prev_hash) != bytes(link):
            raise BrokenLog(f"the chain breaks at event {seq}")
        text = row.payload
        if text is None and row.event_class not in ROWLESS:
            raise BrokenLog(f"the payload of event {seq} is not kept any more")
        link = bytes(row.event_hash)
        links.append(link)
        at, payload = rfc3339(row.occurred_at), {} if text is None else stored_loads(text)
        about = (mark.run_id, mark.user_id, seq, row.event_type, row.event_class)
        facts.append(Fact(*about, at, text, payload))
    return Page(facts, links)


def write(tx: Transaction, table: str, rows: Sequence[Row]) -> None:
    """Write rows of one table.

    Raises:
        ForeignRow: one of them is another's; the transaction cannot be committed then.
    """
    if not rows:
        return
    # Not canonical: a hash of 128 bits is a number that JSON has and canonical JSON has not.
    texts = ",".join(_json(row) for row in rows)
    written = tx.execute(_WRITES[table], rows=f"[{texts}]")
    if table != THREADS and written < len(rows):
        raise ForeignRow(f"a row of {table} is not the runtime's")


def _json(row: Row) -> str:
    return canonical({**row.tagged, "runtime_row_hash": str(row.hash)})


def _commit(db: Database, mark: Any, page: Page, batch: Batch) -> int:
    fails, status, wait_s = 0, "live", 0.0
    if batch.problem is not None:
        fails = 1 if batch.applied else mark.fails + 1
        status = "dead" if fails > len(RETRIES_S) else "live"
        wait_s = RETRIES_S[min(fails, len(RETRIES_S)) - 1]
    elif page.facts[-1].type == "run.finished":
        status = "done"
    last = page.links[batch.applied - 1] if batch.applied else mark.chain_head
    with db.transaction() as tx:
        moved = tx.one(
            SQL["move_watermark"],
            run_id=mark.run_id,
            version=VERSION,
            from_seq=mark.last_seq,
            to_seq=mark.last_seq + batch.applied,
            chain_head=last,
            state=canonical(batch.state),
            count=batch.count,
            digest=str(batch.digest),
            status=status,
            fails=fails,
            problem=batch.problem,
            wait_s=wait_s,
        )
        if moved is None:
            tx.tell("projection.overtaken")
            return 0
        for table in (THREADS, RUNS, MESSAGES, RUN_EVENTS):
            write(tx, table, batch.of(table))
        tx.tell("projection.applied", batch.applied)
        if status == "dead":
            tx.tell("projection.died")
    return batch.applied
