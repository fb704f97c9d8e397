"""The pool of connections: SQLAlchemy's, and the only thing of it that a process at work needs.

Imported when a `Database` is made. Whoever just names that type (the settings do, and so beat,
Flower and the supervisor) is spared the engine.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DisconnectionError

from runtime_app.db.readable import readable
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.transaction import faults_translated
from runtime_app.db.turnstile import Turnstile
from runtime_app.errors import Unavailable
from runtime_app.observability import telemetry


class Pool:
    """Connections that are kept, most recently used first; lent in the order of asking.

    Args:
        connect: opens one.
    """

    def __init__(self, settings: DatabaseSettings, connect: Callable[[], Any]) -> None:
        self._engine = create_engine(
            "postgresql+psycopg2://",
            creator=connect,
            pool_size=settings.pool_size,
            max_overflow=settings.most - settings.pool_size,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(self._engine, "checkout", _refuse_stale)
        # As many as the engine has, so that nobody waits inside it, where turns are not kept.
        self._turnstile = Turnstile(settings.most)
        self._patience_s = settings.checkout_timeout_s

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """One that the server has not closed, for the length of the block.

        Raises:
            Unavailable: none is free in time.
        """
        if not self._turnstile.enter(self._patience_s):
            telemetry.emit("db.failed", sqlstate_class="pool")
            raise Unavailable("no database connection is free; try again", retry_after_s=1)
        try:
            with faults_translated():
                pooled = self._engine.raw_connection()
            connection: Any = pooled.driver_connection
            telemetry.emit("db.checked_out")
            try:
                yield connection
            finally:
                telemetry.emit("db.returned")
                if connection.closed:
                    pooled.invalidate()
                pooled.close()
        finally:
            self._turnstile.leave()

    def close(self) -> None:
        """Close what is idle; what is out is closed when it comes back."""
        self._engine.dispose()


def _refuse_stale(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """An idle connection has nothing to say: readable means that the server has hung up."""
    if dbapi_connection.closed or readable(dbapi_connection, timeout_s=0):
        raise DisconnectionError("the server closed this connection while it was idle")
