"""psycopg2 in threads: waiting for Postgres ends, also when its process is frozen."""

import select
import time
from collections.abc import Callable

from psycopg2 import OperationalError, extensions

# libpq's own connect_timeout and the server's statement_timeout do not bound a server that has
# stopped answering; these do. They are above what the server itself allows a statement.
CONNECT_S = 3.0
ANSWER_S = 15.0

_EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}


def install(connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> None:
    """Bound every wait of this process, and of those that it forks."""
    extensions.set_wait_callback(wait_at_most(connect_s, answer_s))


def wait_at_most(connect_s: float, answer_s: float) -> Callable[[extensions.connection], None]:
    """What psycopg2 calls to wait for a connection's next answer.

    It raises OperationalError when none has come in time; psycopg2 then closes the connection.
    """

    def wait(connection: extensions.connection) -> None:
        connecting = connection.status == extensions.STATUS_SETUP
        ends_s = time.monotonic() + (connect_s if connecting else answer_s)
        while (state := connection.poll()) != extensions.POLL_OK:
            left_s = ends_s - time.monotonic()
            poll = select.poll()
            poll.register(connection.fileno(), _EVENTS[state])
            if left_s <= 0 or not poll.poll(left_s * 1000):
                raise OperationalError("the server does not answer")

    return wait
