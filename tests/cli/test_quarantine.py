"""`quarantine`: what gave up is listed, done again in a run of its own, or let be."""

import json
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.gauges import rows as gauges
from runtime_app.leases.loss import declare_lost
from runtime_app.runs import store as runs
from runtime_app.tools import store as tools
from runtime_app.tools.runner import finish as finish_task
from runtime_app.tools.task import NewTask, Outcome
from tests.cli.conftest import Oa
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import session
from tests.support.runs import SLOTS, events_after, fresh_run, granted, post

REASON = ("--reason", "a test of quarantine")


@pytest.fixture
def mine(servers: dict[str, str], app_url: str) -> dict[str, str]:
    """The settings of an operator on the test's own database."""
    return servers | {
        "DATABASE_URL": app_url,
        "OA_DATABASE_DIRECT_URL": app_url,
        "OA_OPERATOR": "ada",
    }


def given_up(
    db: Database,
    recorder: RecordingDispatcher,
    database_url: str,
    *answered: str,
    mode: str = "turn",
) -> str:
    """A run whose executors were lost three times over its last message."""
    run_id = fresh_run(db, model="scripted/echo", mode=mode)
    with session(database_url) as owner, executor(db, recorder) as steps:
        for n, text in enumerate(answered):
            post(db, run_id, f"f1.{n}", text)
            assert steps.step(run_id) == "parked: input"
        post(db, run_id, "f1", "say it")
        for _ in range(3):
            granted(db, run_id, "dead", ttl_s=0)
            with db.transaction() as tx:
                assert declare_lost(tx, run_id, SLOTS)
            owner.run("update runtime.run_leases set expires_at = clock_timestamp()")
        assert steps.step(run_id) == "finished"
    return run_id


def waiting(db: Database) -> dict[tuple[str, ...], float]:
    """What the gauge says."""
    return dict(gauges.read(db)["quarantine_waiting"])


def listed(oa: Oa, mine: dict[str, str]) -> list[dict[str, Any]]:
    return json.loads(oa.ok("quarantine", "list", "--json", **mine))


def test_a_run_that_was_given_up_is_taken_up_again_in_a_new_run_and_stays_as_it_was(
    oa: Oa, mine: dict[str, str], db: Database, recorder: RecordingDispatcher, database_url: str
):
    run_id = given_up(db, recorder, database_url)
    before = log.head(db, run_id)
    [item] = listed(oa, mine)
    assert (item["kind"], item["item_id"], item["decided"]) == ("run", run_id, None)
    assert "lost 3 times" in item["why"]
    assert waiting(db) == {("run",): 1, ("tool",): 0}

    successor = oa.ok("quarantine", "requeue", run_id, *REASON, **mine).strip()
    with executor(db, recorder) as steps:
        assert steps.step(successor) == "finished"
    run = runs.get(db, successor)
    assert run is not None
    assert run.status == "completed"
    [answer] = [event for event in events_after(db, successor, 0) if event.type == "text.ended"]
    assert answer.payload["text"] == "say it"
    assert log.head(db, run_id) == before

    assert listed(oa, mine) == []
    assert waiting(db) == {("run",): 0, ("tool",): 0}
    again = oa("quarantine", "requeue", run_id, *REASON, **mine)
    assert (again.code, "quarantine.requeue" in again.err) == (1, True)
    with session(database_url) as owner:
        acts = owner.rows(
            "select act, actor, reason from runtime.operator_audit where target = %(id)s", id=run_id
        )
    assert acts == [("quarantine.requeue", "ada", "a test of quarantine")]


def test_what_was_answered_before_comes_along_and_is_not_answered_again(
    oa: Oa, mine: dict[str, str], db: Database, recorder: RecordingDispatcher, database_url: str
):
    run_id = given_up(db, recorder, database_url, "one", "two", mode="session")
    successor = oa.ok("quarantine", "requeue", run_id, *REASON, **mine).strip()
    with executor(db, recorder) as steps:
        assert steps.step(successor) == "parked: input"
    events = list(log.read_for_fold(db, successor))
    assert events[0].payload["parent_run_id"] == run_id
    said = fold(RunState(successor), events).messages
    assert [message.text for message in said] == ["one", "one", "two", "two", "say it", "say it"]
    assert [e.payload["frame_id"] for e in events if e.type == "frame.accepted"] == ["f1"]


def test_a_call_whose_effect_is_not_known_waits_until_somebody_lets_it_be(
    oa: Oa, mine: dict[str, str], db: Database
):
    """While its run goes on, the call is not made again beside it."""
    run_id = fresh_run(db)
    with db.transaction() as tx:
        tools.enqueue(tx, NewTask("call_1", run_id, "clock", {}, 5))
    task = tools.claim(db, "call_1", "dead")
    assert task is not None
    finish_task(db, task, Outcome("fail", error_class="lost", error="nobody knows"))
    [item] = listed(oa, mine)
    assert (item["kind"], item["item_id"], item["run_id"]) == ("tool", "call_1", run_id)
    assert waiting(db) == {("run",): 0, ("tool",): 1}

    live = oa("quarantine", "requeue", "call_1", *REASON, **mine)
    assert (live.code, f"runs cancel {run_id}" in live.err) == (1, True)
    assert oa.ok("quarantine", "drop", "call_1", *REASON, **mine) == "call_1: dropped\n"
    assert listed(oa, mine) == []
    assert waiting(db) == {("run",): 0, ("tool",): 0}
    shown = oa.ok("quarantine", "show", "call_1", **mine)
    assert "quarantine.drop" in shown


def test_what_is_not_there_is_said_to_be_so(oa: Oa, mine: dict[str, str]):
    done = oa("quarantine", "show", "no-such", **mine)
    assert (done.code, "nothing in quarantine has the id 'no-such'" in done.err) == (1, True)
