"""The tools that workers have, as they have written it down."""

from typing import Any

from runtime_app.canonical import stored_loads
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

_SQL = beside(__file__, "tool_listing.sql")


def newest(db: Transaction | Database) -> list[dict[str, Any]]:
    """What the workers that started last have, by name; nothing before the first has started."""
    row = db.one(_SQL["newest_listing"])
    return [] if row is None else list(stored_loads(row.content))
