"""Bring a database to the newest revision, or say how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from psycopg2.extras import NamedTupleCursor
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from runtime_app.db.revision import SCRIPTS, newest, serves
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Unavailable
from runtime_app.sanitizer import Sanitizer

_SQL = beside(__file__, "migrate.sql")

_LOCK_KEY = 0x6F61_7275_6E  # "oarun"
_LOCK = text(_SQL["lock"].text)
_UNLOCK = text(_SQL["unlock"].text)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Hears of each revision in the transaction that applies it.

    Args:
        sanitizer: of that transaction.
        tell: called with the transaction, the revision before and the one that was applied; when
            it raises, that revision is undone.
    """

    sanitizer: Sanitizer
    tell: Callable[[Transaction, str | None, str], None]


def migrate(direct_url: str, watcher: Watcher | None = None) -> tuple[str | None, str]:
    """Run what is missing, one transaction per revision, while holding an advisory lock.

    A later release's schema is left as it is: whoever goes back to this release finds that it
    serves.

    Args:
        direct_url: libpq URL of a role that may create schemas; not through a pooler.

    Returns:
        The revision before and after.
    """
    engine = _engine(direct_url)
    with engine.connect() as connection:
        connection.execute(_LOCK, {"key": _LOCK_KEY})
        connection.commit()
        try:
            before = _revision(connection)
            if before is not None and serves(before):
                return before, before
            config = AlembicConfig()
            config.set_main_option("script_location", str(SCRIPTS))
            config.attributes["connection"] = connection
            config.attributes["on_revision"] = _told(watcher)
            command.upgrade(config, "head")
            connection.commit()
            return before, newest()
        finally:
            connection.rollback()  # nothing after a success; what failed half-way otherwise
            connection.execute(_UNLOCK, {"key": _LOCK_KEY})
            connection.commit()


def _told(watcher: Watcher | None) -> list[Callable[..., None]]:
    """Alembic's callbacks for one of ours."""
    if watcher is None:
        return []

    def tell(ctx: MigrationContext, step: Any, **_rest: Any) -> None:
        assert ctx.connection is not None
        driver: Any = ctx.connection.connection.driver_connection
        before = step.down_revision_ids
        tx = Transaction(driver, watcher.sanitizer)
        watcher.tell(tx, before[0] if before else None, step.up_revision_id)

    return [tell]


def current(direct_url: str) -> str | None:
    """The revision that the database is at, None when it has none.

    Raises:
        Unavailable: Postgres cannot be reached.
    """
    try:
        with _engine(direct_url).connect() as connection:
            return _revision(connection)
    except OperationalError as error:
        raise Unavailable(f"Postgres cannot be reached: {error.orig}") from error


def _revision(connection: object) -> str | None:
    context = MigrationContext.configure(
        connection,  # type: ignore[arg-type]
        opts={"version_table": "schema_version", "version_table_schema": "public"},
    )
    return context.get_current_revision()


def _engine(direct_url: str) -> Engine:
    return create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(direct_url, cursor_factory=NamedTupleCursor),
        poolclass=NullPool,
    )
