"""`POST /runs`: a run is started once, however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from tests.support.api import Api, fresh
from tests.web.envelope import fields, refused

FULL: dict[str, Any] = {
    "autopilot_id": "pilot-1",
    "mode": "turn",
    "model": "scripted/echo",
    "tool_policy": {"allow": ["clock"], "deny": ["calc"]},
    "caps": {"steps": 3},
    "metadata": {"a": 1, "b": [True, None, "ä"]},
}


def test_a_start_is_accepted_once_and_answered_the_same_again(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    started = {"runId": run_id, "threadId": thread_id, "status": "accepted", "latestSeq": 1}
    first = api.start(run_id, thread_id, **FULL)
    assert (first.status_code, first.json()) == (201, {**started, "idempotentReplay": False})
    again = api.start(run_id, thread_id, **FULL)
    assert (again.status_code, again.json()) == (200, {**started, "idempotentReplay": True})
    assert len(api.events(run_id, thread_id)) == 1


def test_the_first_event_says_what_was_asked_for(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    api.start(run_id, thread_id, **FULL)
    accepted = api.events(run_id, thread_id)[0]
    assert accepted["type"] == "run.accepted"
    payload = accepted["payload"]
    assert payload["thread_id"] == thread_id
    assert payload["caps"]["steps"] == 3
    for name in ("mode", "model", "tool_policy", "metadata"):
        assert payload[name] == FULL[name]


def test_the_same_content_may_be_spelt_differently(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, metadata={"a": 1, "b": 2}).status_code == 201
    spelt = {"metadata": {"b": 2.0, "a": 1}, "mode": "turn", "caps": {}, "of_a_later_release": 1}
    assert api.start(run_id, thread_id, **spelt).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"autopilot_id": "pilot-2"},
        {"mode": "session"},
        {"model": "scripted/demo"},
        {"tool_policy": {"allow": ["clock"]}},
        {"caps": {"steps": 4}},
        {"metadata": {"a": 2}},
        {"thread_id": "elsewhere"},
    ],
    ids=str,
)
def test_other_content_conflicts(api: Api, other: dict[str, Any]) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, **FULL).status_code == 201
    body = {**FULL, "thread_id": thread_id, "run_id": run_id, **other}
    response = api.send("POST", "/runs", run_id=run_id, thread_id=body["thread_id"], body=body)
    assert fields(refused(response, 409, "conflict")) == ["run_id"]
    assert api.start(run_id, thread_id, **FULL).status_code == 200


def test_another_owner_is_forbidden_whatever_they_send(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, **FULL).status_code == 201
    for body in (FULL, {"model": "scripted/demo"}):
        refused(api.as_user(43).start(run_id, thread_id, **body), 403, "forbidden")
        refused(api.as_guest("42").start(run_id, thread_id, **body), 403, "forbidden")


def test_of_many_starts_at_once_one_starts_it(api: Api) -> None:
    for _ in range(5):
        run_id, thread_id = fresh(), fresh("t")
        with ThreadPoolExecutor(8) as pool:
            starts = [pool.submit(api.start, run_id, thread_id, **FULL) for _ in range(8)]
        statuses = sorted(start.result().status_code for start in starts)
        assert statuses == [200] * 7 + [201]
        assert len(api.events(run_id, thread_id)) == 1


def test_a_run_without_an_id_is_given_one_in_order_of_time(api: Api) -> None:
    thread_id = fresh("t")
    made = [api.start(None, thread_id).json()["runId"] for _ in range(2)]
    assert [UUID(run_id).version for run_id in made] == [7, 7]
    assert UUID(made[0]).int >> 80 <= UUID(made[1]).int >> 80
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"thread_id": None}, "thread_id"),
        ({"thread_id": ""}, "thread_id"),
        ({"thread_id": "a b"}, "thread_id"),
        ({"thread_id": "x" * 201}, "thread_id"),
        ({"thread_id": 7}, "thread_id"),
        ({"run_id": "a/b"}, "run_id"),
        ({"run_id": "é"}, "run_id"),
        ({"run_id": ["r"]}, "run_id"),
        ({"autopilot_id": "a b"}, "autopilot_id"),
        ({"mode": "forever"}, "mode"),
        ({"mode": None}, "mode"),
        ({"model": 4}, "model"),
        ({"model": "m" * 201}, "model"),
        ({"tool_policy": []}, "tool_policy"),
        ({"tool_policy": {"allow": "clock"}}, "tool_policy.allow"),
        ({"tool_policy": {"deny": [1]}}, "tool_policy.deny.0"),
        ({"caps": 3}, "caps"),
        ({"caps": {"steps": 0}}, "caps.steps"),
        ({"caps": {"steps": -1}}, "caps.steps"),
        ({"caps": {"steps": 1.5}}, "caps.steps"),
        ({"caps": {"steps": True}}, "caps.steps"),
        ({"caps": {"steps": "3"}}, "caps.steps"),
        ({"caps": {"patience": 3}}, "caps.patience"),
        ({"metadata": "none"}, "metadata"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_malformed_field_is_named(api: Api, body: dict[str, Any], field: str) -> None:
    sent = {"thread_id": "t", **body}
    named = {name: sent.get(name) for name in ("run_id", "thread_id")}
    names = {name: value for name, value in named.items() if isinstance(value, str)}
    error = refused(api.send("POST", "/runs", body=sent, **names), 400, "invalid_request")
    assert fields(error) == [field]
    assert field in error["message"]


def test_caps_are_only_ever_lowered(api: Api) -> None:
    server = snapshot_caps(api)
    lowered = snapshot_caps(api, steps=2, tokens=10**9, tool_calls=1)
    assert lowered == {**server, "steps": 2, "tool_calls": 1}


def snapshot_caps(api: Api, **caps: int) -> dict[str, int]:
    """The caps of a run that asks for these."""
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, caps=caps).status_code == 201
    found: dict[str, int] = api.snapshot(run_id, thread_id)["caps"]
    return found
