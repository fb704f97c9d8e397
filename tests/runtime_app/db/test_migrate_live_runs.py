"""Migrating a database with live runs in it: they go on, and have the slots that they work with."""

import psycopg2
from alembic import command
from alembic.config import Config
from psycopg2.extras import NamedTupleCursor
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from runtime_app.db.database import Database
from runtime_app.db.migrate import migrate
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events import log
from runtime_app.runs.ending import ending
from runtime_app.runs.slots import SlotLimits
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import session
from tests.support.runs import OWNER, finished, fresh_run, post
from tests.support.sanitizer import SANITIZER
from tests.support.stack import PROJECT

BEFORE_SLOTS = "0006"
STARTED = """{"code_version":"old","message_id":"m1"}"""


def migrate_to(url: str, revision: str) -> None:
    engine = create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(url, cursor_factory=NamedTupleCursor),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(PROJECT / "migrations"))
        config.attributes |= {"connection": connection, "on_revision": []}
        command.upgrade(config, revision)
        connection.commit()


def end(db: Database, run_id: str) -> None:
    with db.transaction() as tx:
        log.append(tx, run_id, [finished()], condition=ending(SlotLimits()))


def test_a_run_that_was_at_work_before_there_were_slots_holds_its_own(empty_url: str):
    migrate_to(empty_url, BEFORE_SLOTS)
    with session(empty_url) as owner:
        owner.run("insert into runtime.threads values ('thread-1', 'user:42')")
        for run_id, status in (
            ("old", "running"),
            ("tool", "waiting_tool"),
            ("idle", "waiting_input"),
        ):
            owner.run(
                "insert into runtime.runs (run_id, thread_id, owner_user_id, autopilot_id, mode,"
                " status, model, caps, content_hash, code_version)"
                " values (%(id)s, 'thread-1', 42, %(pilot)s, 'session', %(status)s,"
                " %(model)s, '{}', '', '')",
                id=run_id,
                pilot="p" if run_id == "tool" else None,
                status=status,
                model="openai/some" if run_id == "old" else "scripted/echo",
            )
            owner.run("insert into runtime.run_heads (run_id) values (%(id)s)", id=run_id)
            owner.rows(
                "select runtime.append_events(%(id)s, null, null, array['run.started'], array[1],"
                " array['control'], array[%(payload)s], null, null, null)",
                id=run_id,
                payload=STARTED,
            )
    migrate(empty_url)

    jobs = RecordingDispatcher()
    db = Database(DatabaseSettings(empty_url, empty_url), jobs, SANITIZER)
    with session(empty_url) as owner, executor(db, jobs, slots=SlotLimits()) as steps:
        held = 'select key, holders from runtime.slots order by key collate "C"'
        assert owner.rows(held) == [
            ("autopilot:p", ["tool"]),
            (f"owner:{OWNER}", ["old", "tool"]),
            ("provider:openai", ["old"]),
            ("thread:thread-1", ["old", "tool"]),
        ]
        new = fresh_run(db)
        post(db, new, "f1")
        assert steps.step(new) == "parked: slots"
        end(db, "old")
        assert steps.step(new) == "parked: slots"
        jobs.jobs.clear()
        end(db, "tool")
        assert jobs.jobs == [StepRun(new)]
        assert steps.step(new) == "finished"
        assert owner.rows(held) == []
    db.close()
