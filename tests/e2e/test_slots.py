"""Slots and tool tasks at their limits, with real workers; and a worker that dies with slots."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import TTL_S
from tests.support.api import Api, fresh
from tests.support.postgres import session
from tests.support.roles import second
from tests.support.stack import RunningStack, eventually, running_stack

OWNER_SLOTS, PROVIDER_SLOTS, TASKS = 2, 3, 2
SLOW = "scripted/tokens?n=60&delay_ms=50&bytes=8"


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    """A stack with few slots and short leases."""
    with running_stack(
        OA_LEASE_TTL_S=str(TTL_S),
        OA_LEASE_HEARTBEAT_S="1",
        OA_SLOTS_PER_OWNER=str(OWNER_SLOTS),
        OA_SLOTS_PER_PROVIDER=str(PROVIDER_SLOTS),
        OA_MAX_TOOL_TASKS_PER_RUN=str(TASKS),
    ) as running:
        yield running


def begun(api: Api, thread_id: str, model: str) -> str:
    run_id = fresh()
    assert api.start(run_id, thread_id, model=model).status_code == 201
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    return run_id


def status(api: Api, run_id: str, thread_id: str) -> str:
    return str(api.snapshot(run_id, thread_id)["status"])


def test_a_killed_worker_loses_no_slot_and_gives_none_twice(
    stack: RunningStack, own_api: Api
) -> None:
    names = [(begun(own_api, thread_id, SLOW), thread_id) for thread_id in map(fresh, "tttt")]
    eventually(
        lambda: (
            sorted(status(own_api, *name) for name in names) == ["accepted"] * 2 + ["running"] * 2
        ),
        what="two at work, two in line",
    )
    at_work = {
        run_id for run_id, thread_id in names if status(own_api, run_id, thread_id) == "running"
    }
    stack.kill("worker-runs")
    with session(stack.state["owner_database_url"]) as owner:
        held = "select holders from runtime.slots where key = 'owner:user:42'"
        assert set(owner.value(held)) == at_work
        most = 0
        while any(status(own_api, *name) != "completed" for name in names):
            found = owner.rows(held)
            most = max(most, len(found[0][0]) if found else 0)
        assert most == OWNER_SLOTS
        assert owner.rows("select key, holders from runtime.slots") == []
        assert owner.value("select count(*) from runtime.slot_line") == 0
    lost = [
        run_id
        for run_id, thread_id in names
        if "run.executor_lost" in [e["type"] for e in own_api.events(run_id, thread_id)]
    ]
    assert set(lost) == at_work


def test_two_processes_together_keep_to_the_slots_of_a_provider(
    stack: RunningStack, own_api: Api, tmp_path: Path
) -> None:
    """Runs of as many owners and threads, so that nothing but their provider is in their way."""
    names = [(own_api.as_user(n), fresh("t")) for n in range(100, 110)]
    with second(stack, "worker-runs", tmp_path), session(stack.state["owner_database_url"]) as db:
        model = "scripted/tokens?n=20&delay_ms=50&as=gamma"
        runs = [(api, begun(api, thread_id, model), thread_id) for api, thread_id in names]
        at_once, workers = [0], set[str]()
        held = "select cardinality(holders) from runtime.slots where key = %(key)s"
        while any(status(*run) != "completed" for run in runs):
            found = db.rows(held, key="provider:scripted.gamma")
            at_once.append(found[0][0] if found else 0)
            owners = db.rows("select owner from runtime.run_leases where owner is not null")
            workers |= {owner for (owner,) in owners}
        assert max(at_once) == PROVIDER_SLOTS
        assert len(workers) == 2
        assert db.rows("select key from runtime.slots") == []
        spans = sorted(work(*run) for run in runs)
    for began, _ in spans:
        assert sum(first <= began < last for first, last in spans) <= PROVIDER_SLOTS


def work(api: Api, run_id: str, thread_id: str) -> tuple[str, str]:
    """When it began and when it ended."""
    events = api.events(run_id, thread_id)
    began = next(each["occurredAt"] for each in events if each["type"] == "run.started")
    return began, events[-1]["occurredAt"]


def test_a_waiting_run_is_started_though_its_wake_up_was_lost(
    stack: RunningStack, own_api: Api
) -> None:
    """The broker's queue is emptied by its death; the sweep finds the run that has its slots."""
    thread_id = fresh("t")
    first = begun(own_api, thread_id, SLOW)
    second = begun(own_api, thread_id, "scripted/echo")
    eventually(lambda: status(own_api, first, thread_id) == "running", what="the first at work")
    stack.kill("broker", within_s=20)
    eventually(
        lambda: status(own_api, second, thread_id) == "completed", within_s=60, what="the second"
    )


def test_tool_calls_over_the_limit_are_answered_at_once(stack: RunningStack, own_api: Api) -> None:
    thread_id = fresh("t")
    run_id = begun(own_api, thread_id, "scripted/tools?calls=4&parallel=1")
    eventually(
        lambda: status(own_api, run_id, thread_id) == "completed", within_s=20, what="the answer"
    )
    results = [
        event["payload"]
        for event in own_api.events(run_id, thread_id)
        if event["type"] == "tool.result"
    ]
    refused = [result for result in results if result["status"] == "failed"]
    assert len(results) == 4
    assert len(refused) == 4 - TASKS
    assert {result["error"] for result in refused} == {
        f"too many tool tasks: this run has {TASKS} open; wait for some"
    }
