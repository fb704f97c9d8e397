"""A provider that is at fault, over HTTP: its breaker opens, calls wait, probes close it again."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any

import pytest
import redis

from tests.support.api import Api, fresh
from tests.support.postgres import session
from tests.support.stack import PROJECT, RunningStack, environment, running_stack

FAILS = "scripted/fail?after=0&error=provider_fault&as=alpha"


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    with running_stack(
        OA_BREAKER_OPEN_S="1.5",
        OA_LEASE_TTL_S="4",
        OA_LEASE_HEARTBEAT_S="1",
        OA_RATE_BUDGETS="scripted.epsilon=2/-",
        OA_CALLS_PER_PROVIDER="2",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def own_api(stack: RunningStack) -> Api:
    return Api.of(stack.state)


def ran(api: Api, model: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A run with one message to its end: its snapshot and its events."""
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "good morning", model=model))
    return api.snapshot(run_id, thread_id), api.events(run_id, thread_id)


def of_type(events: list[dict[str, Any]], event_type: str) -> list[dict[str, Any]]:
    return [event["payload"] for event in events if event["type"] == event_type]


def oa(stack: RunningStack, *words: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "runtime_app", *words],
        cwd=PROJECT,
        env=environment(stack.home, env),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_faults_open_it_the_log_says_so_and_the_next_call_is_the_probe(
    stack: RunningStack, own_api: Api
) -> None:
    first, events = ran(own_api, FAILS)
    assert first["terminal"]["reasonClass"] == "provider_unavailable"
    assert len(of_type(events, "model.call_failed")) == 3
    assert of_type(events, "provider.breaker_changed") == []

    _, events = ran(own_api, FAILS)
    [opened, *_] = of_type(events, "provider.breaker_changed")
    assert (opened["key"], opened["from"], opened["to"], opened["rule"]) == (
        *("scripted.alpha|chat", "closed", "open"),
        "faults_in_a_row",
    )
    assert opened["window"]["fault"] == 5
    types = [event["type"] for event in events]
    assert types[types.index("provider.breaker_changed") + 1] == "model.call_failed"

    answers = [ran(own_api, "scripted/echo?as=alpha") for _ in range(3)]
    assert {snapshot["status"] for snapshot, _ in answers} == {"completed"}
    receipts = [of_type(events, "model.call_finished")[0]["provider"] for _, events in answers]
    assert all(receipt["probe"] for receipt in receipts)
    assert receipts[0]["attempts"][0]["outcome"] == "success"
    [closed] = of_type(answers[2][1], "provider.breaker_changed")
    assert (closed["from"], closed["to"], closed["rule"]) == (
        "half_open",
        "closed",
        "probes_succeeded",
    )
    shown = oa(stack, "providers", "show", "scripted.alpha|chat")
    assert "three probes succeeded" in shown


def test_one_that_is_held_open_is_open_after_every_process_and_the_broker_began_anew(
    stack: RunningStack, own_api: Api
) -> None:
    key = "scripted.beta|chat"
    actor = {"OA_OPERATOR": "ada"}
    reason = ("--reason", "the vendor's incident")
    oa(stack, "providers", "force", key, "open", "--for", "600", *reason, **actor)
    stack.kill("worker-runs")
    with redis.Redis.from_url(stack.state["broker_url"]) as broker:
        broker.flushall()

    snapshot, events = ran(own_api, "scripted/echo?as=beta")
    assert snapshot["terminal"]["reasonClass"] == "provider_unavailable"
    [failed] = of_type(events, "model.call_failed")
    assert failed["kind"] == "rejected"
    assert failed["provider"]["attempts"][0]["executed"] == "no"

    assert key in oa(stack, "providers", "list")
    oa(stack, "providers", "reset", key, *reason, **actor)
    assert ran(own_api, "scripted/echo?as=beta")[0]["status"] == "completed"
    with session(stack.state["owner_database_url"]) as owner:
        acts = owner.rows(
            "select act, actor from runtime.operator_audit where target = %(key)s order by seq",
            key=key,
        )
    assert acts == [("provider.force", "ada"), ("provider.reset", "ada")]


def test_a_provider_whose_minute_is_used_up_fails_the_next_run_and_says_why(
    stack: RunningStack, own_api: Api
) -> None:
    model = "scripted/echo?as=epsilon"
    assert {ran(own_api, model)[0]["status"] for _ in range(2)} == {"completed"}

    snapshot, events = ran(own_api, model)
    assert snapshot["terminal"]["reasonClass"] == "provider_unavailable"
    [failed] = of_type(events, "model.call_failed")
    assert (failed["kind"], failed["reason_code"]) == ("rejected", "provider_failed.rate_budget")
    assert failed["provider"]["attempts"][0]["executed"] == "no"
    assert "0 of 2 requests" in oa(stack, "providers", "budgets")


def test_a_slow_provider_takes_its_own_places_and_no_others(own_api: Api) -> None:
    slow = "scripted/tokens?n=8&delay_ms=150&as=delta"
    with ThreadPoolExecutor(4) as threads:
        ended = list(threads.map(lambda _: ran(own_api, slow), range(4)))
    moments: list[tuple[str, int]] = []
    for snapshot, events in ended:
        assert snapshot["status"] == "completed"
        assert len(of_type(events, "model.call_started")) == 1
        for event in events:
            step = {"model.call_started": 1, "model.call_finished": -1}.get(event["type"], 0)
            moments += [(event["occurredAt"], step)] if step else []
    at_once = list(accumulate(step for _, step in sorted(moments)))
    assert max(at_once) == 2


def test_a_run_ends_with_its_time_whatever_its_provider_does(own_api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    model, caps = "scripted/stall?after=1&as=delta", {"wall_clock_s": 2}
    list(own_api.run_and_stream(run_id, thread_id, "good morning", model=model, caps=caps))
    assert own_api.snapshot(run_id, thread_id)["terminal"]["reasonClass"] == (
        "max_wall_clock_exceeded"
    )
    [failed] = of_type(own_api.events(run_id, thread_id), "model.call_failed")
    assert (failed["kind"], failed["reason_code"]) == ("canceled", "provider_failed.deadline")
    assert failed["provider"]["deadline_ms"] <= 2_000


def test_other_providers_are_not_kept_waiting(own_api: Api) -> None:
    ran(own_api, FAILS.replace("alpha", "gamma"))
    ran(own_api, FAILS.replace("alpha", "gamma"))

    assert ran(own_api, "scripted/echo?as=delta")[0]["status"] == "completed"
    assert ran(own_api, "scripted/echo")[0]["status"] == "completed"
