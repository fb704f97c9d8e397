"""Where a fold begins that would otherwise begin at a long log's first event.

A checkpoint is a copy of what the log amounts to, never more: without it, with an older one, or
with one that cannot be read, the fold comes to the same state, only later. An executor leaves one
under its epoch, so that whoever was taken over, or comes after the end, leaves none.
"""

import logging

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.fold import state_codec
from runtime_app.fold.state import RunState

_SQL = beside(__file__, "checkpoints.sql")
_log = logging.getLogger(__name__)

#: Events between two checkpoints, at least; a log that is shorter has none.
EVERY = 200


def newest(db: Database, run_id: str, head_seq: int) -> RunState:
    """The state that a fold may begin with; an empty one when there is no checkpoint.

    Args:
        head_seq: where the log is known to be; of a short one nothing is asked.
    """
    if head_seq <= EVERY:
        return RunState(run_id)
    row = db.one(_SQL["newest_checkpoint"], run_id=run_id, known=list(state_codec.KNOWN))
    if row is None:
        return RunState(run_id)
    try:
        return state_codec.decode(row.state)
    except (ValueError, KeyError, TypeError) as error:
        _log.error("checkpoint not read: run %s seq %s: %r", run_id, row.seq, error)
        return RunState(run_id)


def keep(db: Database, state: RunState, epoch: int) -> None:
    """Store what the log amounts to at `state.seq`; nothing of an ended run, or past our epoch.

    Effects:
        run_checkpoints; waits for whoever holds the run's head.
    """
    db.execute(
        _SQL["keep_checkpoint"],
        run_id=state.run_id,
        epoch=epoch,
        version=state_codec.VERSION,
        seq=state.seq,
        state=state_codec.encode(state),
    )
