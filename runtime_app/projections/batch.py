"""A batch of one run's events reduced: the rows to write and how the watermark moves. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime_app.projections.laravel_v1 import Fact, reduce
from runtime_app.projections.rows import MESSAGES, MODULUS, OF_A_RUN, RUNS, THREADS, Row


@dataclass(slots=True)
class Batch:
    """What some events amount to.

    Args:
        state: what the next batch begins with; JSON. `fold` is the reducer's, `open` the hashes of
            the rows that may still change.
        rows: by table and key; of a row that is made several times, the last.
        count, digest: by how much the watermark's move.
        applied: events reduced; fewer than given where one could not be.
        problem: why the next one could not be.
    """

    state: dict[str, Any]
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    count: int = 0
    digest: int = 0
    applied: int = 0
    problem: str | None = None

    def of(self, table: str) -> list[Row]:
        """The rows of a table, by key: whoever writes several locks them in one order."""
        found = [row for (of, _key), row in self.rows.items() if of == table]
        return sorted(found, key=lambda row: row.key)


def reduce_all(state: dict[str, Any], facts: Sequence[Fact]) -> Batch:
    """Reduce events in order, up to one that cannot be."""
    batch = Batch(state)
    fold, still_open = state.get("fold", {}), dict(state.get("open", {}))
    for fact in facts:
        try:
            fold, rows = reduce(fold, fact)
        except (KeyError, TypeError, ValueError) as error:
            batch.problem = f"{fact.type} at {fact.seq}: {type(error).__name__}: {error}"
            break
        batch.applied += 1
        for row in rows:
            _take(batch, still_open, row)
        turn = fold.get("turn", {}).get("id")
        kept = (f"{RUNS}:{fact.run_id}", f"{MESSAGES}:{turn}")
        still_open = {name: value for name, value in still_open.items() if name in kept}
    batch.digest %= MODULUS
    batch.state = {"fold": fold, "open": still_open}
    return batch


def _take(batch: Batch, still_open: dict[str, str], row: Row) -> None:
    batch.rows[row.table, row.key] = row
    if row.table == THREADS or row.table not in OF_A_RUN:
        return
    name = f"{row.table}:{row.key}"
    before = still_open.get(name)
    batch.count += before is None
    batch.digest += row.hash - (0 if before is None else int(before, 16))
    if row.table in (RUNS, MESSAGES):
        still_open[name] = f"{row.hash:x}"
