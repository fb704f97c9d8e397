"""A database that cannot be reached for a while, as its callers see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Unavailable


class AbsentDatabase:
    """Stands before a real one.

    Args:
        misses: how often it cannot be reached for what it is asked: the name of a query that is a
            statement of its own, or `transaction`.
        too_late: of statements, whether they are done all the same: the answer is lost.

    Attributes:
        asked: all that it was asked for, in order.
    """

    def __init__(self, db: Database, misses: dict[str, int], *, too_late: bool = False) -> None:
        self.asked: list[str] = []
        self._db = db
        self._misses = misses
        self._too_late = too_late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def one(self, query: Query, **params: Any) -> Any | None:
        return self._answer(query.name, lambda: self._db.one(query, **params))

    def execute(self, query: Query, **params: Any) -> Any:
        return self._answer(query.name, lambda: self._db.execute(query, **params))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        if self._missed("transaction"):
            raise Unavailable("away")
        with self._db.transaction() as tx:
            yield tx

    def _answer(self, name: str, ask: Callable[[], Any]) -> Any:
        if not self._missed(name):
            return ask()
        if self._too_late:
            ask()
        raise Unavailable("away")

    def _missed(self, name: str) -> bool:
        self.asked.append(name)
        left = self._misses.get(name, 0)
        self._misses[name] = left - 1
        return left > 0
