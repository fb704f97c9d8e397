"""The pool of connections: SQLAlchemy's, and the only thing of it that a process at work needs.

Imported when a `Database` is made. Whoever just names that type (the settings do, and so beat,
Flower and the supervisor) is spared the engine.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runtime_app.db.readable import readable
from runtime_app.db.settings import DatabaseSettings
from runtime_app.errors import Unavailable
from runtime_app.observability import telemetry


class Pool:
    """Connections that are kept, most recently used first.

    Args:
        connect: opens one.
    """

    def __init__(self, settings: DatabaseSettings, connect: Callable[[], Any]) -> None:
        self._engine = create_engine(
            "postgresql+psycopg2://",
            creator=connect,
            pool_size=settings.pool_size,
            max_overflow=settings.most - settings.pool_size,
            pool_timeout=settings.checkout_timeout_s,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(self._engine, "checkout", _refuse_stale)

    def take(self) -> Any:
        """One that the server has not closed; `close` gives it back.

        Raises:
            Unavailable: none is free in time.
        """
        try:
            return self._engine.raw_connection()
        except PoolTimeout as error:
            telemetry.emit("db.failed", sqlstate_class="pool")
            raise Unavailable(
                "no database connection is free; try again", retry_after_s=1
            ) from error

    def close(self) -> None:
        """Close what is idle; what is out is closed when it comes back."""
        self._engine.dispose()


def _refuse_stale(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """An idle connection has nothing to say: readable means that the server has hung up."""
    if dbapi_connection.closed or readable(dbapi_connection, timeout_s=0):
        raise DisconnectionError("the server closed this connection while it was idle")
