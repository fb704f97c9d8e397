"""A server that has stopped answering is given up on, whatever it was asked."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from psycopg2 import extensions

from runtime_app.db import bounded_wait
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.errors import Unavailable
from tests.support.dispatcher import RecordingDispatcher
from tests.support.sanitizer import SANITIZER

PID = Query("pid", "one", "select pg_backend_pid() as pid")
BOUND_S = 1.0
#: Far below what the server would take: it is stopped, or not there.
CEILING_S = 10.0


@contextmanager
def bounded(connect_s: float = CEILING_S) -> Iterator[None]:
    """This process waits as a worker does, only for less long."""
    bounded_wait.install(connect_s, answer_s=BOUND_S)
    try:
        yield
    finally:
        extensions.set_wait_callback(None)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A server process that does nothing for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_frozen_server_process_is_given_up_and_another_answers(db: Database):
    with bounded(), frozen(pid := db.one(PID).pid):
        asked_s = time.monotonic()
        with pytest.raises(Unavailable):
            db.one(PID)
        assert BOUND_S <= time.monotonic() - asked_s < CEILING_S
        assert db.one(PID).pid != pid


def test_a_commit_that_nobody_answers_may_have_been_done(db: Database):
    with bounded(), pytest.raises(Unavailable) as lost:
        freeze_before_the_commit(db)
    assert lost.value.details[0].field == "outcome"
    assert lost.value.details[0].message == "unknown"


def freeze_before_the_commit(db: Database) -> None:
    with ExitStack() as thawed:
        with db.transaction() as tx:
            thawed.enter_context(frozen(tx.one(PID).pid))


def test_a_server_that_accepts_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        database = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
        with bounded(connect_s=BOUND_S), pytest.raises(Unavailable):
            database.one(PID)
        database.close()
