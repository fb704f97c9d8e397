"""One copy at a time: the advisory lock that every sweep takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

SQL = beside(__file__)


@contextmanager
def alone(db: Database, name: str) -> Iterator[Transaction | None]:
    """A transaction that holds the sweep's lock, or None when another copy is at it."""
    with db.transaction() as tx:
        row = tx.one(SQL["try_lock"], name=f"oa.sweep.{name}")
        yield tx if row is not None and row.locked else None
