"""What belongs to a transaction is told when it has committed, and not at all when it is undone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.errors import EpochSuperseded, Forbidden, Unavailable
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.event import Event
from runtime_app.executor.durations import step_took_s, waited_s
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.leases.lease import Lease
from runtime_app.leases.loss import declare_lost
from runtime_app.observability import telemetry
from runtime_app.security.principal import Principal
from runtime_app.tools import store as tools
from runtime_app.tools.task import NewTask, Outcome
from tests.support.postgres import session
from tests.support.runs import (
    SLOTS,
    acquire,
    delta,
    finish,
    finish_in,
    fresh_run,
    granted,
    post_in,
    start,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Undone(Exception):
    """Raised by a test to undo its transaction."""


class Heard(list[tuple[str, float, dict[str, str]]]):
    """All that has been told: name, value, labels."""

    def times(self) -> Counter[str]:
        """How often each name was told, what pools say aside."""
        return Counter(name for name, *_ in self if not name.startswith("db."))

    def last(self, name: str) -> tuple[float, dict[str, str]]:
        """What was told under that name last."""
        return [(value, labels) for told, value, labels in self if told == name][-1]


@pytest.fixture
def heard() -> Iterator[Heard]:
    told = Heard()

    def hear(name: str, value: float, labels: Mapping[str, str]) -> None:
        told.append((name, value, dict(labels)))

    telemetry.subscribe(hear)
    yield told
    telemetry.unsubscribe(hear)


def test_a_run_that_ends_is_told_with_how_long_it_took(db: Database, heard: Heard):
    run_id = fresh_run(db)
    finish(db, granted(db, run_id))
    took_s, labels = heard.last("run.ended")
    assert 0 < took_s < 60
    assert labels == {"status": "completed", "reason_class": "completed"}
    assert heard.times() == {
        "run.started": 1,
        "append.ended": 2,
        "append.events": 2,
        "lease.op": 2,
        "run.ended": 1,
    }


def test_what_is_undone_is_not_told(db: Database, heard: Heard):
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    heard.clear()
    with pytest.raises(Undone):
        post_and_finish_and_undo(db, run_id, lease)
    assert heard.times() == {}
    with db.transaction() as tx:
        post_in(tx, run_id, "f-1")
        assert heard.times() == {}
    assert heard.times() == {"append.ended": 1, "append.events": 1}


def test_a_commit_that_fails_tells_nothing(db: Database, heard: Heard, database_url: str):
    run_id = fresh_run(db)
    heard.clear()
    with pytest.raises(Unavailable):
        post_and_be_cut_off(db, run_id, database_url)
    assert heard.times() == {}


def post_and_finish_and_undo(db: Database, run_id: str, lease: Lease) -> None:
    with db.transaction() as tx:
        post_in(tx, run_id, "f-1")
        finish_in(tx, lease)
        raise Undone


def post_and_be_cut_off(db: Database, run_id: str, owner_url: str) -> None:
    with db.transaction() as tx:
        own = tx.one(Query("own", "one", "select pg_backend_pid() as pid"))
        post_in(tx, run_id, "f-1")
        with session(owner_url) as owner:
            owner.rows("select pg_terminate_backend(%(pid)s)", pid=own.pid)


def test_events_that_a_batch_refuses_are_not_counted(db: Database, heard: Heard):
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    writer = BatchWriter(db)
    writer.start()
    heard.clear()
    writer.append(run_id, [delta("a"), delta("b")], lease.epoch)
    with pytest.raises(EpochSuperseded):
        writer.append(run_id, [delta("c")], lease.epoch - 1)
    writer.stop()
    assert sum(value for name, value, _ in heard if name == "append.events") == 2
    assert heard.last("append.fenced")[1] == {"outcome": "superseded"}


def test_a_takeover_is_told_from_the_last_sign_of_life(db: Database, heard: Heard):
    run_id = fresh_run(db)
    granted(db, run_id, ttl_s=0)
    assert "lease.taken_over" not in heard.times()
    with db.transaction() as tx:
        assert declare_lost(tx, run_id, SLOTS)
        assert heard.times()["executor.lost"] == 0
    assert heard.times()["executor.lost"] == 1
    assert acquire(db, run_id).lease is not None
    silent_s, _ = heard.last("lease.taken_over")
    assert 0 < silent_s < 60
    assert heard.times()["lease.taken_over"] == 1


def test_a_tool_task_is_told_by_what_its_row_says(db: Database, heard: Heard):
    run_id = fresh_run(db)
    with db.transaction() as tx:
        for name in ("one", "two", "three"):
            tools.enqueue(tx, NewTask(name, run_id, "calc", {}, 5))
    task = tools.claim(db, "one", "w")
    assert task is not None
    assert tools.claim(db, "one", "w") is None
    with db.transaction() as tx:
        assert tools.requeue(tx, task)
    again = tools.claim(db, "one", "w")
    assert again is not None
    with db.transaction() as tx:
        assert not tools.end(tx, task, Outcome("succeed", output=1))
    with db.transaction() as tx:
        assert tools.end(tx, again, Outcome("time_out", error_class="timeout"))
    finish(db, granted(db, run_id))
    counted = heard.times()
    assert (counted["tool.claimed"], counted["tool.ended"], counted["tool.canceled"]) == (1, 1, 2)
    took_s, labels = heard.last("tool.ended")
    assert 0 < took_s < 5
    assert labels == {"tool": "calc", "state": "timed_out", "error_class": "timeout"}


def test_a_statement_that_the_database_does_not_do_is_told_by_its_class(db: Database, heard: Heard):
    with pytest.raises(psycopg2.Error):
        db.one(Query("bad", "one", "select 1 / 0"))
    with pytest.raises(Unavailable):
        db.one(Query("late", "one", "set local statement_timeout = 1; select pg_sleep(5)"))
    told = [labels["sqlstate_class"] for name, _, labels in heard if name == "db.failed"]
    assert told == ["22", "57"]
    taken = Counter(name for name, *_ in heard)
    assert taken["db.checked_out"] == taken["db.returned"] == 2


def test_what_a_caller_did_wrong_is_no_failure_of_the_database(db: Database, heard: Heard):
    start(db, "r-1")
    with pytest.raises(Forbidden):
        start(db, "r-2", owner=Principal(user_id=7))
    assert not [name for name, *_ in heard if name == "db.failed"]


def test_messages_and_steps_are_timed_by_the_times_of_their_events():
    def event(seq: int, kind: str, payload: dict) -> Event:
        return Event(seq, kind, 1, payload, AT + timedelta(seconds=seq))

    said = {"frame_id": "f", "frame_type": "user_message", "payload": {"text": "hi"}}
    began = {"step": 1, "attempt": 1, "turn": 1, "code_version": "1"}
    state = fold(RunState("r"), [event(3, "frame.accepted", said)])
    taken = event(10, "message.user", {"frame_id": "f", "turn": 1, "text": "hi"})
    assert list(waited_s(state, [taken])) == [7]
    assert list(waited_s(fold(state, [taken]), [taken])) == []
    assert step_took_s(state, taken) is None
    state = fold(state, [taken, event(11, "step.started", began)])
    assert step_took_s(state, event(15, "step.finished", {})) == 4
