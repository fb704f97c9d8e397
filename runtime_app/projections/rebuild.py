"""Make a run's rows again from its log, and change only what differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.clock import rfc3339
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.errors import NotFound
from runtime_app.projections.batch import reduce_all
from runtime_app.projections.rows import (
    MESSAGES,
    MODULUS,
    OF_A_RUN,
    RUN_EVENTS,
    RUNS,
    SOURCE,
    THREADS,
    Row,
    digest_of,
)
from runtime_app.projections.writer import SQL, BrokenLog, read, write

_STORED = {
    RUNS: SQL["stored_runs"],
    MESSAGES: SQL["stored_messages"],
    RUN_EVENTS: SQL["stored_run_events"],
}
_DROPS = {MESSAGES: SQL["drop_messages"], RUN_EVENTS: SQL["drop_run_events"]}


@dataclass(frozen=True, slots=True)
class Difference:
    """How the stored rows of a run differ from what its log makes; digests before and after."""

    missing: int
    changed: int
    extra: int
    before: int
    after: int

    @property
    def kind(self) -> str:
        """The first kind of drift that was found, or `none`."""
        found = {
            "missing_row": self.missing,
            "extra_row": self.extra,
            "content_mismatch": self.changed,
        }
        return next((kind for kind, rows in found.items() if rows), "none")


@dataclass(frozen=True, slots=True)
class _Made:
    """A run reduced from its first event."""

    rows: Mapping[tuple[str, str], Row]
    state: dict[str, Any]
    seq: int
    chain_head: bytes | None
    ended: bool


def rebuild(db: Database, run_id: str, *, dry_run: bool = False) -> Difference:
    """Reduce all of a run and write the differences, in one transaction under its watermark.

    Readers see the old rows or the new ones. A dead run is live again afterwards. The rows of a
    whole run are in memory for a moment.

    Args:
        dry_run: only say what would change.

    Raises:
        NotFound: no such run, or one of a guest.
        BrokenLog: the log has a hole, or an event cannot be reduced; nothing is changed.
        ForeignRow: a row of somebody else stands in the way; nothing is changed.

    Effects:
        projected_*, projection_watermarks.
    """
    with db.transaction() as tx:
        mark = tx.one(SQL["lock_watermark"], run_id=run_id)
        if mark is None:
            raise NotFound(f"run {run_id} has no read models: there is none, or it is a guest's")
        made = _reduced(tx, mark)
        stored = _stored(tx, run_id)
        ours = {key: row for key, row in made.rows.items() if key[0] in OF_A_RUN}
        wrong = [row for key, row in ours.items() if stored.get(key) != _facts(row)]
        extra = [key for key in stored if key not in ours]
        missing = sum((row.table, row.key) not in stored for row in wrong)
        before = sum(int(found["runtime_row_hash"]) for found in stored.values()) % MODULUS
        after = digest_of(ours.values())
        if not dry_run:
            _apply(tx, run_id, made, wrong, extra)
            tx.execute(
                SQL["set_watermark"],
                run_id=run_id,
                to_seq=made.seq,
                chain_head=made.chain_head,
                state=canonical(made.state),
                count=len(ours),
                digest=str(after),
                status="done" if made.ended else "live",
            )
    return Difference(missing, len(wrong) - missing, len(extra), before, after)


def _reduced(tx: Transaction, mark: Any) -> _Made:
    rows: dict[tuple[str, str], Row] = {}
    state: dict[str, Any] = {}
    seq, link, ended = 0, None, False
    while True:
        page = read(tx, mark, seq, link)
        if not page.facts:
            return _Made(rows, state, seq, link, ended)
        batch = reduce_all(state, page.facts)
        if batch.problem is not None:
            raise BrokenLog(batch.problem)
        rows |= batch.rows
        state, seq, link = batch.state, page.facts[-1].seq, page.links[-1]
        ended = page.facts[-1].type == "run.finished"


def _stored(tx: Transaction, run_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for table, query in _STORED.items():
        for row in tx.all(query, run_id=run_id, source=SOURCE):
            facts = {name: _plain(value) for name, value in row._asdict().items()}
            found[table, facts.pop("key")] = facts
    return found


def _facts(row: Row) -> dict[str, Any]:
    tagged = {name: value for name, value in row.tagged.items() if name != "runtime_source"}
    return {**tagged, "runtime_row_hash": str(row.hash)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _apply(
    tx: Transaction, run_id: str, made: _Made, wrong: list[Row], extra: list[tuple[str, str]]
) -> None:
    threads = [row for (table, _key), row in made.rows.items() if table == THREADS]
    write(tx, THREADS, threads)
    for table in OF_A_RUN:
        write(tx, table, sorted((r for r in wrong if r.table == table), key=lambda r: r.key))
        keys = sorted(key for of, key in extra if of == table)
        if keys:
            tx.execute(_DROPS[table], run_id=run_id, keys=keys, source=SOURCE)
