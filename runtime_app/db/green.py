"""psycopg2 under gevent: waiting for Postgres lets other greenlets run, and ends."""

from psycogreen.gevent import gevent_wait_callback
from psycopg2 import OperationalError, extensions

from runtime_app.db.bounded_wait import ANSWER_S, CONNECT_S


def install() -> None:
    """Make every connection of this process wait in gevent's loop."""
    extensions.set_wait_callback(_wait)


def _wait(connection: extensions.connection) -> None:
    """Wait for the connection's next answer.

    Raises:
        OperationalError: none came in time; psycopg2 closes the connection.
    """
    connecting = connection.status == extensions.STATUS_SETUP
    try:
        gevent_wait_callback(connection, timeout=CONNECT_S if connecting else ANSWER_S)
    except TimeoutError as error:
        raise OperationalError("the server does not answer") from error
