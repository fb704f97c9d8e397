"""What gave up and waits for somebody to decide: read from the rows, decided in the audit log.

Two kinds: a *run* that was given up because its executors were lost again and again, and a *tool*
call that ended without anybody knowing whether it took effect. Both have ended for good, with an
event; what is left to decide is whether the work is done again, in a run of its own, or let be.
Messages are no such thing: they carry no truth, so one that cannot be handled is dropped and a
sweep asks again.
"""

from dataclasses import dataclass
from datetime import datetime

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

SQL = beside(__file__, "quarantine.sql")

REQUEUE, DROP = "quarantine.requeue", "quarantine.drop"
MOST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One of them.

    Args:
        kind: `run` or `tool`.
        item_id: the run's id, or the tool call's.
        why: in words.
        decided: the act that decided it, or None while it waits.
    """

    kind: str
    item_id: str
    run_id: str
    since: datetime
    why: str
    decided: str | None


def waiting(db: Database, days: int) -> list[Item]:
    """Those of the last `days` that nobody has decided, newest first; at most 1000."""
    rows = db.all(SQL["waiting_items"], days=days, acts=[REQUEUE, DROP], limit=MOST)
    return [Item(*row) for row in rows]


def find(tx: Transaction | Database, item_id: str) -> Item | None:
    """The one of that id, decided or not."""
    row = tx.one(SQL["get_item"], item_id=item_id, acts=[REQUEUE, DROP])
    return None if row is None else Item(*row)
