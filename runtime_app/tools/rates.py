"""How often a tool may be called, by all workers together."""

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.tools.spec import Rate

_SQL = beside(__file__)


def taken(db: Database, rate: Rate) -> float | None:
    """Count one call in the window that is open; None, or seconds until the next one may be made.

    A window begins with its first call, so that two of them may follow each other closely.

    Effects:
        tool_rates.
    """
    given = {"name": rate.name, "calls": rate.calls, "per_s": rate.per_s}
    if db.one(_SQL["take_rate"], **given) is not None:
        return None
    row = db.one(_SQL["rate_left"], name=rate.name, per_s=rate.per_s)
    return rate.per_s if row is None else max(0.0, row.left_s)
