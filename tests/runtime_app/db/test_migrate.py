"""Migrating: from nothing to the newest revision, as often and from as many places as one likes."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from runtime_app.db.database import Database
from runtime_app.db.migrate import current, migrate
from runtime_app.db.revision import SCRIPTS, newest, reachable_revision
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.errors import Unavailable
from runtime_app.local.ports import free_port
from tests.support.postgres import session, until_blocked
from tests.support.sanitizer import SANITIZER
from tests.support.stack import PROJECT

# The lock that migrating takes, spelled once more: releases that run together must agree on it.
LOCK = 0x6F_61_72_75_6E

MIGRATE = """\
import sys
from runtime_app.db.migrate import migrate
print(*migrate(sys.argv[1]))
"""


def test_an_empty_database_comes_to_the_newest_revision(empty_url: str):
    assert current(empty_url) is None
    assert migrate(empty_url) == (None, newest())
    assert current(empty_url) == newest()
    with session(empty_url) as owner:
        assert owner.value("select to_regclass('runtime.run_events')::text") == "runtime.run_events"


def test_the_second_time_there_is_nothing_to_do(database_url: str):
    assert migrate(database_url) == (newest(), newest())


def test_a_schema_of_a_later_release_is_left_as_it_is(database_url: str):
    with session(database_url) as owner:
        owner.run("update public.schema_version set version_num = '9999'")
    assert migrate(database_url) == ("9999", "9999")
    assert current(database_url) == "9999"


def test_of_two_processes_at_once_the_second_waits_and_finds_it_done(empty_url: str):
    argv = [sys.executable, "-c", MIGRATE, empty_url]
    with session(empty_url) as watcher, session(empty_url) as gate:
        gate.rows("select pg_advisory_lock(%(key)s)", key=LOCK)
        both = [
            subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        until_blocked(watcher, 2)
        gate.rows("select pg_advisory_unlock(%(key)s)", key=LOCK)
        said = sorted(process.communicate(timeout=60)[0].split() for process in both)

    assert [process.returncode for process in both] == [0, 0]
    assert said == [[newest(), newest()], ["None", newest()]]


def test_a_migration_that_fails_leaves_the_lock_free_and_the_schema_whole(empty_url: str):
    with session(empty_url) as owner:
        owner.run("create schema runtime")
        with pytest.raises(Exception, match='schema "runtime" already exists'):
            migrate(empty_url)
        assert owner.value("select pg_try_advisory_lock(%(key)s)", key=LOCK)
        owner.rows("select pg_advisory_unlock(%(key)s)", key=LOCK)
        owner.run("drop schema runtime")

    assert migrate(empty_url) == (None, newest())


def test_the_revision_is_seen_through_the_pool(db: Database):
    assert reachable_revision(db) == newest()


def test_a_server_that_is_not_there_has_no_revision():
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    database = Database(DatabaseSettings(url, url), NoDispatcher(), SANITIZER)

    assert reachable_revision(database) is None
    with pytest.raises(Unavailable):
        current(url)


def test_a_database_without_a_schema_is_reachable_and_has_none(empty_url: str):
    database = Database(DatabaseSettings(empty_url, empty_url), NoDispatcher(), SANITIZER)
    try:
        assert reachable_revision(database) == ""
    finally:
        database.close()


def test_the_newest_revision_is_the_end_of_all_that_follow_each_other():
    assert newest() == ScriptDirectory(str(SCRIPTS)).get_current_head()
