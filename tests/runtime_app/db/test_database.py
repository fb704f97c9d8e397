"""Connections: bounded, replaced when they are dead, honest about a server that is not there."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Detail, Unavailable
from runtime_app.local.ports import free_port
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session, hang_up_on_idle
from tests.support.sanitizer import SANITIZER
from tests.support.stack import eventually

PID = Query("pid", "one", "select pg_backend_pid() as pid")
SLEEP = Query("sleep", "one", "select pg_sleep(60)")
WRITE = Query("write", "affected", "delete from runtime.auth_nonces")
LOCK = Query("lock", "one", "select n from t for update")


@contextmanager
def pooled(url: str, **settings: float) -> Iterator[Database]:
    database = Database(DatabaseSettings(url, url, **settings), RecordingDispatcher(), SANITIZER)
    try:
        yield database
    finally:
        database.close()


def test_a_pool_that_is_exhausted_says_so_and_serves_again(database_url: str):
    with pooled(database_url, pool_size=1, checkout_timeout_s=0.1) as database:
        with ExitStack() as taken:
            for _ in range(2):  # one that is kept, one for a burst
                taken.enter_context(database.statement()).one(PID)
            with pytest.raises(Unavailable, match="no database connection is free"):
                database.one(PID)

        assert database.one(PID) is not None


def test_a_connection_is_used_again(db: Database):
    assert db.one(PID).pid == db.one(PID).pid


def test_connections_that_the_server_hung_up_while_idle_are_replaced_silently(
    db: Database, owner: Session
):
    with ExitStack() as both:
        before = {both.enter_context(db.statement()).one(PID).pid for _ in range(2)}
    assert hang_up_on_idle(owner) == len(before) == 2

    with ExitStack() as both:
        after = {both.enter_context(db.statement()).one(PID).pid for _ in range(2)}
    assert len(after) == 2
    assert not after & before
    with db.transaction() as tx:
        assert tx.one(PID).pid in after


def test_a_connection_that_dies_in_a_block_is_not_used_again(db: Database, owner: Session):
    with lost_block(db) as tx:
        dead = tx.one(PID).pid
        end(owner, dead)
        tx.one(PID)

    assert db.one(PID).pid != dead


def test_a_connection_that_dies_before_the_commit_does_not_pretend(db: Database, owner: Session):
    owner.run("create table t (n int)")
    with pytest.raises(Unavailable) as raised:
        add_and_lose(db, owner)

    assert raised.value.details == (Detail("outcome", "unknown"),)
    assert raised.value.retry_after_s == 1
    assert owner.value("select count(*) from t") == 0


def test_a_statement_that_takes_too_long_is_unavailable(database_url: str):
    with pooled(database_url, statement_timeout_ms=50) as database:
        with pytest.raises(Unavailable):
            database.one(SLEEP)

        assert database.one(PID) is not None


def test_a_lock_that_is_not_granted_in_time_is_unavailable(database_url: str, owner: Session):
    owner.run("create table t (n int)")
    owner.run("insert into t values (1)")
    with pooled(database_url, lock_timeout_ms=50) as database:
        with database.transaction() as holder:
            assert holder.one(LOCK).n == 1
            with pytest.raises(Unavailable):
                database.one(LOCK)

        assert database.one(LOCK).n == 1


def test_a_block_that_idles_too_long_is_unavailable_and_undone(database_url: str, owner: Session):
    with pooled(database_url, idle_in_transaction_timeout_ms=50) as database:
        with lost_block(database) as tx:
            idle = tx.one(PID).pid
            eventually(lambda: gone(owner, idle), what="the server ends the idle block")
            tx.one(PID)

        assert database.one(PID).pid != idle


def test_a_database_for_reading_refuses_to_write(app_url: str):
    with pooled(app_url, read_only=True) as database:
        assert database.one(PID) is not None
        with pytest.raises(Unavailable):
            database.execute(WRITE)


def test_a_server_that_is_not_there_is_unavailable():
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    with pooled(url) as database:
        with pytest.raises(Unavailable), database.transaction() as tx:
            tx.one(PID)
        with pytest.raises(Unavailable):
            database.one(PID)


def test_a_server_that_will_not_have_us_is_unavailable(database_url: str):
    with pooled(database_url + "_other") as database, pytest.raises(Unavailable):
        database.one(PID)


def test_a_process_with_thousands_of_open_files_still_gets_connections(
    database_url: str, tmp_path: Path
):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with ExitStack() as files:
            for _ in range(1100):
                files.enter_context(tmp_path.joinpath("open").open("w"))
            with pooled(database_url) as database:
                assert database.one(PID).pid == database.one(PID).pid
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def lost_block(database: Database) -> Iterator[Transaction]:
    """A transaction whose connection is lost in the block; it ends as unavailable."""
    with pytest.raises(Unavailable), database.transaction() as tx:
        yield tx


def add_and_lose(database: Database, owner: Session) -> None:
    """A transaction that has written, and whose connection is lost before it commits."""
    with database.transaction() as tx:
        assert tx.execute(Query("add", "none", "insert into t values (1)")) == 1
        end(owner, tx.one(PID).pid)


def end(owner: Session, pid: int) -> None:
    assert owner.value("select pg_terminate_backend(%(pid)s, 5000)", pid=pid)


def gone(owner: Session, pid: int) -> bool:
    return not owner.value("select count(*) from pg_stat_activity where pid = %(pid)s", pid=pid)
