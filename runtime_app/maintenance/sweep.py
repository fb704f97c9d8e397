"""What all sweeps share: one copy at a time, and no row in the way of the others."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.observability import telemetry

SQL = beside(__file__)

_log = logging.getLogger(__name__)
Found = TypeVar("Found")
#: As many in one sweep are not the rows' fault.
MOST_FAILURES = 10


@contextmanager
def alone(db: Database, name: str) -> Iterator[Transaction | None]:
    """A transaction that holds the sweep's lock, or None when another copy is at it."""
    with db.transaction() as tx:
        row = tx.one(SQL["try_lock"], name=f"oa.sweep.{name}")
        yield tx if row is not None and row.locked else None


def each(name: str, found: Iterable[Found], see_to: Callable[[Found], int]) -> int:
    """See to what a sweep has found, one after the other. What fails is told and left to the next.

    Args:
        name: as `sweep_failures_total` counts them.
        see_to: in a transaction of its own; says how much it has done.

    Returns:
        How much was done in all.

    Raises:
        Exception: the tenth failure, as it is.
    """
    done = failures = 0
    for item in found:
        try:
            done += see_to(item)
        except Exception:
            failures += 1
            if failures >= MOST_FAILURES:
                raise
            _log.exception("the sweep %s goes on without %s", name, item)
            telemetry.emit("sweep.failed", sweep=name)
    return done
