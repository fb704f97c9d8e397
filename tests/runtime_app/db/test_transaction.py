"""What a transaction promises: all or nothing, and jobs only for what has happened."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.db.transaction import Transaction
from runtime_app.dispatch.jobs import StepRun
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session, session
from tests.support.sanitizer import SANITIZER

REMEMBER = Query("remember", "one", "insert into t (n) values (%(n)s) returning n, n * 2 as twice")
COUNT = Query("count", "one", "select count(*)::int as n from t")
LIST = Query("list", "all", "select n from t order by n")
RAISE_ALL = Query("raise_all", "none", "update t set n = n + 10")
BROKEN = Query("broken", "one", "select 1 / 0")


class Stop(Exception):
    """Ends a block from the inside."""


@pytest.fixture
def table(database_url: str):
    with session(database_url) as owner:
        owner.run("create table t (n int primary key deferrable initially deferred)")
        yield owner


def numbers(table: Session) -> list[int]:
    return [n for (n,) in table.rows("select n from t order by n")]


def test_rows_come_by_name_and_effects_as_a_number(db: Database, table: Session):
    with db.transaction() as tx:
        row = tx.one(REMEMBER, n=4)
        tx.one(REMEMBER, n=5)

        assert (row.n, row.twice) == (4, 8)
        assert tx.execute(RAISE_ALL) == 2
        assert [row.n for row in tx.all(LIST)] == [14, 15]
        assert tx.one(Query("none", "one", "select 1 where false")) is None


def test_nothing_is_seen_before_the_commit_and_all_of_it_after(db: Database, table: Session):
    with db.transaction() as tx:
        tx.one(REMEMBER, n=1)
        tx.one(REMEMBER, n=2)
        assert numbers(table) == []

    assert numbers(table) == [1, 2]


def test_a_block_that_raises_leaves_nothing_behind(db: Database, table: Session):
    with stopped_block(db) as tx:
        tx.one(REMEMBER, n=1)

    assert numbers(table) == []


def test_a_statement_that_fails_undoes_the_block_and_the_next_one_works(
    db: Database, table: Session
):
    with ending_with(psycopg2.errors.DivisionByZero), db.transaction() as tx:
        tx.one(REMEMBER, n=1)
        tx.one(BROKEN)

    with db.transaction() as tx:
        assert tx.one(COUNT).n == 0


def test_a_first_statement_that_fails_leaves_no_open_block(db: Database, table: Session):
    with pytest.raises(psycopg2.errors.DivisionByZero), db.transaction() as tx:
        tx.one(BROKEN)

    states = table.rows(
        "select state from pg_stat_activity where application_name = 'openagents-runtime'"
        " and datname = current_database()"
    )
    assert states == [("idle",)]


def test_jobs_leave_after_the_commit_in_order_and_once_each(
    db: Database, table: Session, recorder: RecordingDispatcher
):
    with db.transaction() as tx:
        tx.after_commit(StepRun("a"))
        tx.one(REMEMBER, n=1)
        tx.after_commit(StepRun("b"))
        tx.after_commit(StepRun("a"))
        assert recorder.jobs == []

    assert recorder.jobs == [StepRun("a"), StepRun("b")]


def test_a_job_leaves_only_when_others_can_see_what_it_is_about(database_url: str, table: Session):
    class Looking:
        """A dispatcher that looks at the table as another session does."""

        def dispatch(self, job: StepRun) -> None:
            seen.append((job.run_id, numbers(table)))

    seen: list[tuple[str, list[int]]] = []
    database = Database(DatabaseSettings(database_url, database_url), Looking(), SANITIZER)
    with database.transaction() as tx:
        tx.after_commit(StepRun("a"))
        tx.one(REMEMBER, n=1)
    database.close()

    assert seen == [("a", [1])]


def test_jobs_of_a_block_that_raises_never_leave(
    db: Database, table: Session, recorder: RecordingDispatcher
):
    with stopped_block(db) as tx:
        tx.after_commit(StepRun("a"))

    assert recorder.jobs == []


def test_jobs_of_a_commit_that_fails_never_leave(
    db: Database, table: Session, recorder: RecordingDispatcher
):
    with ending_with(psycopg2.errors.UniqueViolation), db.transaction() as tx:
        tx.after_commit(StepRun("a"))
        tx.one(REMEMBER, n=1)
        tx.one(REMEMBER, n=1)

    assert recorder.jobs == []
    assert numbers(table) == []


def test_a_failure_that_the_block_swallows_does_not_pass_for_a_commit(
    db: Database, table: Session, recorder: RecordingDispatcher
):
    with ending_with(RuntimeError), db.transaction() as tx:
        tx.one(REMEMBER, n=1)
        tx.after_commit(StepRun("a"))
        with pytest.raises(psycopg2.errors.DivisionByZero):
            tx.one(BROKEN)

    assert recorder.jobs == []
    assert numbers(table) == []


def test_a_statement_commits_by_itself(db: Database, table: Session, recorder: RecordingDispatcher):
    with db.statement() as tx:
        tx.after_commit(StepRun("a"))
        assert tx.one(REMEMBER, n=1).n == 1
        assert numbers(table) == [1]
        assert recorder.jobs == []

    assert recorder.jobs == [StepRun("a")]


def test_the_shortcuts_of_the_database_are_statements_of_their_own(db: Database, table: Session):
    assert db.one(REMEMBER, n=1).twice == 2
    assert db.execute(RAISE_ALL) == 1
    assert [row.n for row in db.all(LIST)] == [11]
    assert numbers(table) == [11]


@contextmanager
def ending_with(kind: type[Exception]) -> Iterator[None]:
    """The block, its commit included, raises an error of this kind."""
    with pytest.raises(kind):
        yield


@contextmanager
def stopped_block(db: Database) -> Iterator[Transaction]:
    """A transaction whose block does its work and then raises."""
    with ending_with(Stop), db.transaction() as tx:
        yield tx
        raise Stop
