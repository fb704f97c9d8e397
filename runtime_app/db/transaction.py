"""A transaction: named queries in, rows out, jobs that leave only after COMMIT."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import extensions

from runtime_app.db.sql import Query
from runtime_app.db.sqlstate import certainly_undone, sqlstate_class, translate
from runtime_app.dispatch.jobs import Job
from runtime_app.errors import Detail, Unavailable
from runtime_app.observability import telemetry
from runtime_app.sanitizer import Sanitizer

#: Type of notice -> the endpoints that want it.
Notices = Mapping[str, Sequence[str]]
NOBODY_WANTS_ANY: Notices = {}


class Transaction:
    """What a caller may do between BEGIN and COMMIT.

    Rows are named tuples (`row.seq`). Database errors come out as `Unavailable` where they mean
    that, and as they are otherwise.

    Args:
        connection: in autocommit mode, so that psycopg2 sends nothing of its own.
        sanitizer: what content passes before it becomes a parameter; the writers' business.
        opening: what begins the block; it travels with the first statement. Empty where each
            statement commits by itself.
        notices: what is written with events; nothing, where each statement commits by itself.
    """

    def __init__(
        self,
        connection: extensions.connection,
        sanitizer: Sanitizer,
        *,
        opening: str = "",
        notices: Notices = NOBODY_WANTS_ANY,
    ) -> None:
        self.sanitizer = sanitizer
        self.notices = notices
        self._connection = connection
        self._opening = f"{opening};\n" if opening else ""
        self._open = False
        self._failed = False
        self._jobs: dict[Job, None] = {}
        self._told: list[tuple[str, float, Mapping[str, str]]] = []

    def one(self, query: Query, **params: Any) -> Any | None:
        """The first row, or None."""
        with self._run(query, params) as cursor:
            return cursor.fetchone()

    def all(self, query: Query, **params: Any) -> list[Any]:
        """All rows, in the statement's order."""
        with self._run(query, params) as cursor:
            rows: list[Any] = cursor.fetchall()
            return rows

    def execute(self, query: Query, **params: Any) -> int:
        """Run it for its effect; the number of rows it touched."""
        with self._run(query, params) as cursor:
            return int(cursor.rowcount)

    def after_commit(self, job: Job) -> None:
        """Ask for `job` once this transaction has committed; the same job counts once."""
        self._jobs[job] = None

    def tell(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Tell of what this transaction makes so, once it has committed; undone, it is not told.

        Args:
            name, value, labels: as `telemetry.emit`.
        """
        self._told.append((name, value, labels))

    def committed(self) -> None:
        """Tell what was to be told: for whoever has seen it commit."""
        for name, value, labels in self._told:
            telemetry.emit(name, value, **labels)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What was asked for, in the order of first asking."""
        return tuple(self._jobs)

    def commit(self) -> None:
        """End the block, if one was begun.

        Raises:
            RuntimeError: a statement has failed and nobody said so; Postgres would undo the block
                and call that a success.
            Unavailable: the connection was lost. Whether the block was committed nobody knows then,
                and its details say so: `outcome` is `unknown`.
        """
        if self._failed and not self._connection.closed:
            raise RuntimeError("a statement of this transaction has failed; it cannot be committed")
        try:
            self._end("commit")
        except Unavailable as fault:
            if certainly_undone(fault):
                raise
            raise Unavailable(
                "the database was lost at the commit: it may have been done; send the same again",
                [Detail("outcome", "unknown")],
                retry_after_s=fault.retry_after_s,
            ) from fault.__cause__

    def rollback(self) -> None:
        """Undo the block, if one was begun."""
        self._end("rollback")

    def _end(self, how: str) -> None:
        if self._open:
            self._open = False
            with faults_translated(), self._connection.cursor() as cursor:
                cursor.execute(how)

    @contextmanager
    def _run(self, query: Query, params: Mapping[str, Any]) -> Iterator[Any]:
        opening, self._opening = self._opening, ""
        self._open = self._open or bool(opening)
        with faults_translated(), self._connection.cursor() as cursor:
            try:
                cursor.execute(opening + query.text, params)
            except psycopg2.Error:
                self._failed = True
                raise
            yield cursor


@contextmanager
def faults_translated() -> Iterator[None]:
    """Database errors inside become `Unavailable` where that is what they mean."""
    try:
        yield
    except psycopg2.Error as error:
        fault = translate(error)
        if fault is None or isinstance(fault, Unavailable):
            telemetry.emit("db.failed", sqlstate_class=sqlstate_class(error))
        if fault is None:
            raise
        raise fault from error
