"""What was accepted under one signing key: the question after a key has leaked."""

from dataclasses import dataclass
from datetime import datetime

from runtime_app.db.database import Database
from runtime_app.db.sql import beside

_SQL = beside(__file__, "key_uses.sql")


@dataclass(frozen=True, slots=True)
class Use:
    """A run that was started, or a frame that was added to one (`frame_id`)."""

    run_id: str
    frame_id: str | None
    at: datetime


def uses_of(db: Database, key_id: str, since: datetime, limit: int) -> list[Use]:
    """What requests signed with the key have caused since then, newest first, at most `limit`."""
    rows = db.all(_SQL["list_uses"], key_id=key_id, since=since, limit=limit)
    return [Use(row.run_id, row.frame_id, row.at) for row in rows]
