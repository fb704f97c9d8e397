"""Another provider answers, over HTTP: what was left, and why, is told before it is asked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api import Api, fresh, parts
from tests.support.reader import begin
from tests.support.stack import PROJECT, RunningStack, environment, eventually, running_stack

TARGET = "scripted/echo?as=beta"
SLOW = "scripted/tokens?n=40&delay_ms=100&as=beta"


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    settings = {
        "OA_FALLBACKS": f"scripted={TARGET},scripted/throttle={SLOW}",
        "OA_BREAKER_OPEN_S": "300",
        "OA_LEASE_TTL_S": "3",
        "OA_LEASE_HEARTBEAT_S": "1",
    }
    with running_stack(**settings) as running:
        yield running


@pytest.fixture(scope="module")
def own_api(stack: RunningStack) -> Api:
    return Api.of(stack.state)


def oa(stack: RunningStack, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "runtime_app", *words],
        cwd=PROJECT,
        env=environment(stack.home, {"OA_OPERATOR": "ada"}),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def ran(
    api: Api, model: str, **run: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """A run with one message to its end: what its reader saw, its events, its snapshot."""
    run_id, thread_id = fresh(), fresh("t")
    seen = parts(list(api.run_and_stream(run_id, thread_id, "good morning", model=model, **run)))
    return seen, api.events(run_id, thread_id), api.snapshot(run_id, thread_id)


def test_a_refused_credential_is_left_at_once_and_the_stream_says_so(own_api: Api) -> None:
    model = "scripted/fail?after=0&error=auth_fault&as=alpha"
    seen, events, snapshot = ran(own_api, model)

    assert snapshot["status"] == "completed"
    assert "".join(part["delta"] for part in seen if part["type"] == "text-delta") == "good morning"
    [told] = [part["data"] for part in seen if part["type"] == "data-provider-fallback"]
    assert (told["from"], told["to"]) == (model, TARGET)
    assert (told["outcome"], told["executed"], told["hop"]) == ("auth_fault", "no", 1)
    types = [event["type"] for event in events]
    hopped = types.index("provider.fallback")
    assert types[hopped - 2 : hopped + 4] == [
        *("model.call_failed", "policy.decision", "provider.fallback"),
        *("step.superseded", "step.started", "model.call_started"),
    ]
    decision = events[hopped - 1]["payload"]
    assert decision["decision_id"] == told["policy_decision_id"]
    assert decision["reason_code"] == "policy_allowed.fallback"
    assert events[hopped + 2]["payload"]["attempt"] == 2
    [finished] = [event["payload"] for event in events if event["type"] == "model.call_finished"]
    assert finished["model"] == TARGET
    receipt = finished["provider"]
    assert [(each["provider"], each["outcome"]) for each in receipt["attempts"]] == [
        *(("scripted.alpha", "auth_fault"), ("scripted.beta", "success"))
    ]
    assert receipt["fallback"] == {
        "from": model,
        "to": TARGET,
        "reason": "auth_fault",
        "policy_decision_id": told["policy_decision_id"],
    }
    assert 0 < receipt["deadline_ms"] <= 300_000
    part_ids = {event["payload"]["part_id"] for event in events if event["type"] == "text.started"}
    assert part_ids == {"p1.2.1"}


def test_a_provider_that_is_down_is_tried_again_first_and_skipped_once_its_breaker_is_open(
    own_api: Api,
) -> None:
    model = "scripted/fail?after=0&error=unreachable&as=gamma"
    for failed in (3, 2):
        _, events, snapshot = ran(own_api, model)
        assert snapshot["status"] == "completed"
        kinds = [e["payload"]["kind"] for e in events if e["type"] == "model.call_failed"]
        assert kinds[:failed] == ["unreachable"] * failed

    _, events, snapshot = ran(own_api, model)
    assert snapshot["status"] == "completed"
    [failed_call] = [e["payload"] for e in events if e["type"] == "model.call_failed"]
    assert failed_call["kind"] == "rejected"
    assert failed_call["provider"]["breaker_wait_ms"] < 5_000
    [hop] = [e["payload"] for e in events if e["type"] == "provider.fallback"]
    assert (hop["breaker_state"], hop["executed"]) == ("open", "no")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("scripted/fail?after=0&error=caller_fault&as=delta", "the request was at fault"),
        ("scripted/fail?after=3&error=provider_fault&as=delta", "readers have seen some of it"),
    ],
)
def test_nobody_else_is_asked_when(own_api: Api, model: str, why: str) -> None:
    _, events, snapshot = ran(own_api, model)

    assert snapshot["terminal"]["reasonClass"] == "provider_unavailable", why
    assert "provider.fallback" not in [event["type"] for event in events]


@pytest.mark.parametrize(
    "policy",
    [
        {"allow_fallback": False},
        {"models": {"deny": [TARGET]}},
        {"models": {"allow": ["scripted/fail?after=0&error=auth_fault&as=epsilon"]}},
    ],
)
def test_a_run_may_forbid_that_another_answers(own_api: Api, policy: dict[str, Any]) -> None:
    model = "scripted/fail?after=0&error=auth_fault&as=epsilon"
    seen, events, snapshot = ran(own_api, model, provider_policy=policy)

    code = "policy_denied.fallback_not_allowed"
    assert snapshot["terminal"]["reasonClass"] == "provider_unavailable"
    assert code in snapshot["terminal"]["reason"]
    [decision] = [e["payload"] for e in events if e["type"] == "policy.decision"]
    assert (decision["decision"], decision["reason_code"]) == ("denied", code)
    assert [part["data"] for part in seen if part["type"] == "data-policy"] == [decision]
    assert events[-1]["payload"]["reason_code"] == code
    assert events[0]["payload"]["provider_policy"] == policy


def test_a_policy_that_forbids_the_runs_own_model_is_refused(own_api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    body = {
        "run_id": run_id,
        "thread_id": thread_id,
        "model": "scripted/echo",
        "provider_policy": {"providers": {"allow": ["openai"]}},
    }
    answer = own_api.send("POST", "/runs", run_id=run_id, thread_id=thread_id, body=body)
    assert answer.status_code == 400
    [detail] = answer.json()["error"]["details"]
    assert detail["field"] == "provider_policy"


def test_a_worker_that_dies_right_after_the_hop_leaves_its_successor_with_the_same_provider(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id, reader = begin(own_api, "scripted/throttle")
    eventually(
        lambda: "provider.fallback" in [e["type"] for e in own_api.events(run_id, thread_id)],
        within_s=30,
        what="the hop",
    )
    stack.kill("worker-runs")
    reader.wait_done(within_s=60)

    events = own_api.events(run_id, thread_id)
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"
    models = [e["payload"]["model"] for e in events if e["type"] == "model.call_started"]
    hops = [e["seq"] for e in events if e["type"] == "provider.fallback"]
    called = [e["seq"] for e in events if e["payload"].get("model") == SLOW]
    assert models[-2:] == [SLOW, SLOW]
    assert len(hops) == 1
    assert hops[0] < called[0]


def test_where_nobody_is_left_the_run_says_so(stack: RunningStack, own_api: Api) -> None:
    acting = ("--for", "600", "--reason", "a drill")
    oa(stack, "providers", "force", "scripted.beta|chat", "open", *acting)
    _, events, snapshot = ran(own_api, "scripted/fail?after=0&error=auth_fault&as=delta")

    assert snapshot["terminal"]["reasonClass"] == "provider_unavailable"
    assert "provider.fallback" not in [event["type"] for event in events]
    assert events[-1]["payload"]["reason_code"] == "provider_failed.fallback_exhausted"
    replayed = oa(stack, "runs", "replay", snapshot["runId"], "--frozen", "--json")
    assert json.loads(replayed)["divergence"] is None
