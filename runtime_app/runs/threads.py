"""Threads as rows: whose they are, and what they are set to."""

from dataclasses import dataclass

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Forbidden, NotFound
from runtime_app.security.principal import Principal

_SQL = beside(__file__, "threads.sql")


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that somebody has used.

    Args:
        on_busy: what becomes of a run that asks for nothing and meets a live one; None: the usual.
    """

    thread_id: str
    on_busy: str | None


def owned_thread(db: Transaction | Database, thread_id: str, caller: Principal) -> Thread:
    """The thread, for its owner.

    Raises:
        NotFound: nobody has used it.
        Forbidden: it is another's.
    """
    row = db.one(_SQL["get_thread"], thread_id=thread_id)
    if row is None:
        raise NotFound(f"there is no thread {thread_id!r}")
    if row.owner != str(caller):
        raise _anothers()
    return Thread(thread_id, row.on_busy)


def set_on_busy(tx: Transaction, thread_id: str, caller: Principal, on_busy: str | None) -> None:
    """Set what becomes of a run that asks for nothing and meets a live one; None: the usual.

    A thread that nobody has used is the caller's from now on, as by a first run.

    Raises:
        Forbidden: it is another's.

    Effects:
        threads.
    """
    row = tx.one(_SQL["set_on_busy"], thread_id=thread_id, owner=str(caller), on_busy=on_busy)
    if row is None:
        raise _anothers()


def _anothers() -> Forbidden:
    return Forbidden("the thread belongs to another principal")
