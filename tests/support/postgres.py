"""Plain sessions beside the code under test: to look, to tamper, to block, to see who waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from tests.support.stack import eventually

# What must go wrong in a test goes wrong well before this.
PATIENCE_S = 20.0


class Session:
    """One connection of the owner's; a statement with parameters has them as `%(name)s`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @property
    def pid(self) -> int:
        """The process id of its server process."""
        return int(self._connection.info.backend_pid)

    def rows(self, statement: str, **params: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return list(cursor.fetchall())

    def value(self, statement: str, **params: Any) -> Any:
        """The first column of the first row."""
        return self.rows(statement, **params)[0][0]

    def run(self, statement: str, **params: Any) -> int:
        """Run it for its effect; the number of rows it touched."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return int(cursor.rowcount)

    def notified(self) -> list[str]:
        """The payloads that have arrived."""
        self._connection.poll()
        return [notify.payload for notify in self._connection.notifies]

    def commit(self) -> None:
        self._connection.commit()


@contextmanager
def session(url: str, *, autocommit: bool = True) -> Iterator[Session]:
    """A session for the length of the block; without autocommit, undone unless committed."""
    connection = psycopg2.connect(url, application_name="test")
    try:
        connection.autocommit = autocommit
        yield Session(connection)
    finally:
        connection.close()


@contextmanager
def listening(url: str, channel: str) -> Iterator[Callable[[], list[str]]]:
    """Listen for the length of the block; asked, it gives the payloads that were notified so far.

    Notifications come in the order of their commits, so one of our own marks the end.
    """
    with session(url) as ear:
        ear.run(f'listen "{channel}"')

        def heard() -> list[str]:
            ear.rows("select pg_notify(%(channel)s, 'so far')", channel=channel)
            eventually(lambda: "so far" in ear.notified(), what="our own notification")
            return [payload for payload in ear.notified() if payload != "so far"]

        yield heard


def until_blocked(watcher: Session, waiting: int = 1) -> None:
    """Return once `waiting` sessions of the watcher's database wait for a lock.

    Raises:
        AssertionError: they never did.
    """
    eventually(lambda: len(blocked(watcher)) >= waiting, what=f"{waiting} blocked sessions")


def blocked(watcher: Session) -> list[int]:
    """Process ids of the sessions of this database that wait for a lock which another holds."""
    found = watcher.rows(
        "select pid from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0"
    )
    return [pid for (pid,) in found]


def hang_up_on_idle(watcher: Session) -> int:
    """End every idle session of this database but the watcher's; how many there were."""
    ended = watcher.rows(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
        " and backend_type = 'client backend' and state = 'idle'"
    )
    return len(ended)
