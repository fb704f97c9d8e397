"""What a database says of itself: for whoever has to say whether it will do."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import psycopg2

from runtime_app.db.database import Database
from runtime_app.db.sql import beside

_SQL = beside(__file__, "facts.sql")


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """One look, over a connection as the processes have them.

    Args:
        version_num: 150004 is 15.4.
        now: the server's clock.
        timeouts: as Postgres spells them, for statement, lock, idle in transaction.
    """

    version_num: int
    version: str
    login: str
    now: datetime
    timeouts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the login may do.

    Args:
        owns: the schema is its own.
        may_append: it may read and write the log.
    """

    owns: bool
    may_append: bool
    superuser: bool


def facts(db: Database) -> DatabaseFacts:
    """Raises Unavailable where Postgres cannot be reached."""
    row = db.one(_SQL["get_facts"])
    assert row is not None
    timeouts = {
        "statement": row.statement_timeout,
        "lock": row.lock_timeout,
        "idle in transaction": row.idle_timeout,
    }
    return DatabaseFacts(row.version_num, row.version, row.login, row.now, timeouts)


def rights(db: Database) -> Rights | None:
    """None before the first migration. Raises Unavailable where Postgres cannot be reached."""
    row = db.one(_SQL["get_rights"])
    return None if row is None else Rights(row.owns, row.may_append, row.superuser)


def pooler_between(url: str) -> bool:
    """Whether somebody else answers in the server's stead: the process that they name is not its.

    Raises:
        psycopg2.Error: nobody answers.
    """
    with (
        closing(psycopg2.connect(url, connect_timeout=3)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(_SQL["get_process"].text)
        [(pid,)] = cursor.fetchall()
        return bool(pid != connection.info.backend_pid)
