"""Connections: a pool keeps them, psycopg2 speaks, transactions are the only way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extras import NamedTupleCursor

from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.db.transaction import NOBODY_WANTS_ANY, Notices, Transaction
from runtime_app.dispatch.dispatcher import Dispatcher
from runtime_app.observability import telemetry
from runtime_app.sanitizer import Sanitizer


class Database:
    """A pool of connections to one Postgres; safe to share between threads or greenlets.

    Args:
        dispatcher: where jobs go after COMMIT.
        sanitizer: what its transactions offer to whoever stores content.
        notices: what its transactions offer to whoever appends: type of notice -> who wants it.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        dispatcher: Dispatcher,
        sanitizer: Sanitizer,
        notices: Notices = NOBODY_WANTS_ANY,
    ) -> None:
        self.sanitizer = sanitizer
        self.notices = notices
        self._settings = settings
        self._dispatcher = dispatcher
        from runtime_app.db.pool import Pool  # who only names this type needs no engine

        self._pool = Pool(settings, self._connect)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """BEGIN … COMMIT; ROLLBACK when the block raises. Its jobs leave after COMMIT.

        Raises:
            Unavailable: Postgres cannot be reached, or no connection is free in time.
        """
        with self._block("begin") as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """The same for statements that only read and must all see one moment's rows.

        Raises:
            Unavailable: as `transaction`.
        """
        with self._block("begin isolation level repeatable read, read only") as tx:
            yield tx

    @contextmanager
    def _block(self, opening: str) -> Iterator[Transaction]:
        with self._pool.lent() as connection:
            tx = Transaction(connection, self.sanitizer, opening=opening, notices=self.notices)
            try:
                yield tx
                tx.commit()
            except BaseException:
                if not connection.closed:
                    tx.rollback()
                raise
        self._after_commit(tx)

    @contextmanager
    def statement(self) -> Iterator[Transaction]:
        """A transaction of exactly one statement: it commits by itself, in one round trip."""
        with self._pool.lent() as connection:
            tx = Transaction(connection, self.sanitizer)
            yield tx
        self._after_commit(tx)

    @contextmanager
    def appending(self) -> Iterator[Transaction]:
        """A `statement` that appends; a `transaction` where notices are written with it."""
        with self.transaction() if self.notices else self.statement() as tx:
            yield tx

    def one(self, query: Query, **params: Any) -> Any | None:
        """One statement of its own: the first row, or None."""
        with self.statement() as tx:
            return tx.one(query, **params)

    def all(self, query: Query, **params: Any) -> list[Any]:
        """One statement of its own: all rows."""
        with self.statement() as tx:
            return tx.all(query, **params)

    def execute(self, query: Query, **params: Any) -> int:
        """One statement of its own: the number of rows it touched."""
        with self.statement() as tx:
            return tx.execute(query, **params)

    def tell(self, name: str, value: float = 1.0, **labels: str) -> None:
        """As a transaction's `tell`, at once: a statement of its own has committed."""
        telemetry.emit(name, value, **labels)

    def close(self) -> None:
        """Close what is idle; what is out is closed when it comes back."""
        self._pool.close()

    def _after_commit(self, tx: Transaction) -> None:
        tx.committed()
        for job in tx.jobs:
            self._dispatcher.dispatch(job)

    def _connect(self) -> Any:
        settings = self._settings
        connection = psycopg2.connect(
            settings.url,
            connect_timeout=settings.connect_timeout_s,
            keepalives_idle=5,
            keepalives_interval=5,
            keepalives_count=2,
            tcp_user_timeout=15_000,
            cursor_factory=NamedTupleCursor,
            application_name="openagents-runtime",
            options=(
                f"-c statement_timeout={settings.statement_timeout_ms}"
                f" -c lock_timeout={settings.lock_timeout_ms}"
                f" -c idle_in_transaction_session_timeout={settings.idle_in_transaction_timeout_ms}"
                f" -c default_transaction_read_only={'on' if settings.read_only else 'off'}"
            ),
        )
        connection.autocommit = True
        return connection
