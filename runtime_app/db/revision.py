"""Which revision this code wants, and which one a database has."""

from functools import cache
from pathlib import Path

import psycopg2

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unavailable

SCRIPTS = Path(__file__).parents[2] / "migrations"
_SQL = beside(__file__, "migrate.sql")


@cache
def newest() -> str:
    """The newest revision that this code knows: the last of its files, which are numbered."""
    return max(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def serves(found: str) -> bool:
    """Whether this code can work on a schema of that revision: its own, or any later one.

    A schema expands before it contracts, so that the release before goes on while the next is
    rolled out, and can be gone back to.
    """
    return found >= newest()


def reachable_revision(db: Database) -> str | None:
    """The revision as a pooled connection sees it, empty before the first migration.

    None when Postgres cannot be reached.
    """
    try:
        row = db.one(_SQL["get_revision"])
    except Unavailable:
        return None
    except psycopg2.errors.UndefinedTable:
        return ""
    return "" if row is None else str(row.version_num)
