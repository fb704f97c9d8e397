"""Whether a run waits for nothing but its client: some readers end there."""

import logging

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unavailable

_SQL = beside(__file__, "waiting.sql")
_log = logging.getLogger(__name__)

#: After which a run may have come to that.
MAY_WAIT = frozenset({"step.finished", "tool.result"})


def waits_for_client(db: Database, run_id: str, position: int) -> bool | None:
    """Whether the run stands at `position` and waits for its client; None when nobody can say."""
    try:
        row = db.one(_SQL["waits_for_client"], run_id=run_id, position=position)
    except Unavailable as error:
        _log.warning("whether run %s waits for its client is not known: %s", run_id, error)
        return None
    return row is not None and bool(row.waits)
