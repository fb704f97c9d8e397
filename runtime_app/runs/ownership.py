"""Whose run it is; anything that is not surely the caller's is refused."""

from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Forbidden, NotFound
from runtime_app.runs import store
from runtime_app.runs.run import Run
from runtime_app.security.principal import Principal


def owned(db: Transaction | Database, run_id: str, thread_id: str, caller: Principal) -> Run:
    """The run, for its owner.

    Raises:
        NotFound: no such run.
        Forbidden: another's, or not of this thread.
    """
    return _check(store.get(db, run_id), run_id, thread_id, caller)


def owned_locked(tx: Transaction, run_id: str, thread_id: str, caller: Principal) -> Run:
    """The same, with the run's head locked until the transaction ends."""
    return _check(store.lock(tx, run_id), run_id, thread_id, caller)


def _check(run: Run | None, run_id: str, thread_id: str, caller: Principal) -> Run:
    if run is None:
        raise NotFound(f"there is no run {run_id!r}")
    if run.owner != caller or run.thread_id != thread_id:
        raise Forbidden("the run belongs to another principal or another thread")
    return run
