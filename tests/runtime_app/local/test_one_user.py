"""A database whose one user may create no roles is migrated all the same."""

import sys
from pathlib import Path

from runtime_app.audit import journal
from runtime_app.audit.act import Act, Actor
from runtime_app.db.database import Database
from runtime_app.db.migrate import migrate
from runtime_app.db.revision import newest
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.dispatcher import NoDispatcher
from tests.support.postgres import session
from tests.support.runs import ended_run
from tests.support.sanitizer import SANITIZER
from tests.support.stack import running_stack

FAKE = Path(__file__).with_name("fake_stack.py")


def test_all_goes_on_under_one_user_where_roles_cannot_be_made():
    with running_stack(argv=[sys.executable, str(FAKE), "healthy"]) as stack:
        server = stack.state["owner_database_url"]
        with session(server) as admin:
            admin.run("create role tenant login password 'tenant'")
            admin.run("create database tenant owner tenant")
        url = f"postgresql://tenant:tenant@{server.partition('@')[2].partition('/')[0]}/tenant"

        assert migrate(url) == (None, newest())

        database = Database(DatabaseSettings(url, url), NoDispatcher(), SANITIZER)
        ended_run(database)
        with database.transaction() as tx:
            journal.record(tx, Act("run.cancel", Actor("ada", "cli"), "a test"))
        assert journal.verify(database).flaw is None
        database.close()
        with session(server) as admin:
            assert admin.rows("select from pg_roles where rolname like 'oa\\_%'") == []
