"""How an executor lets go of a run that goes on: for whoever comes next, or a later release."""

import logging
import time

from runtime_app.backoff import exponential_s
from runtime_app.db.database import Database
from runtime_app.dispatch.dispatcher import Dispatcher
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import Unavailable
from runtime_app.fold.known import LaterEvent
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease

_log = logging.getLogger(__name__)
_RELEASE_TRIES = 10


def hand_on(db: Database, dispatcher: Dispatcher, lease: Lease) -> str:
    """Let somebody else go on, as soon as the database takes it; else the lease runs out."""
    if not _released(db, lease):
        return "unavailable"
    dispatcher.dispatch(StepRun(lease.run_id))
    return "handed on"


def leave(db: Database, lease: Lease, why: LaterEvent) -> str:
    """Leave the run to a later release: nothing is written to its log, and nobody is woken.

    The sweep asks again every 10 s, until an executor takes it that can read its log.
    """
    _log.warning("run %s is left to a later release: %s", lease.run_id, why)
    return "left to a later release" if _released(db, lease) else "unavailable"


def _released(db: Database, lease: Lease) -> bool:
    for attempt in range(_RELEASE_TRIES):
        try:
            leases.release(db, lease)
        except Unavailable:
            time.sleep(exponential_s(attempt, base_s=0.1, cap_s=2))
        else:
            return True
    return False
