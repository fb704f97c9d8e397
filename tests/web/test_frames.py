"""`POST /runs/{run_id}/frames`: an input is taken once, in order, and kept as it was."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.api import Api, fresh
from tests.web import routes
from tests.web.endings import ended
from tests.web.envelope import fields, refused

NOTE: dict[str, Any] = {"type": "context", "payload": {"a": {"b": 1, "c": [2]}}}


@pytest.fixture
def run(api: Api) -> tuple[str, str]:
    """A run that waits for its first message."""
    return routes.start(api)


def frames_of(api: Api, run: tuple[str, str]) -> list[dict[str, Any]]:
    """The payloads of the run's accepted frames."""
    return [e["payload"] for e in api.events(*run) if e["type"] == "frame.accepted"]


def test_a_frame_is_accepted_once_and_answered_the_same_again(
    api: Api, run: tuple[str, str]
) -> None:
    receipt = {"runId": run[0], "frameId": "f1", "status": "accepted", "seq": 2}
    first = api.frame(*run, "f1", **NOTE)
    assert (first.status_code, first.json()) == (202, {**receipt, "idempotentReplay": False})
    again = api.frame(*run, "f1", **NOTE)
    assert (again.status_code, again.json()) == (200, {**receipt, "idempotentReplay": True})
    expected = {"frame_id": "f1", "frame_type": "context", "payload": NOTE["payload"]}
    assert frames_of(api, run) == [expected]


@pytest.mark.parametrize(
    "other",
    [
        {"type": "user_message", "payload": {"text": "hello"}},
        {"payload": {"a": {"b": 2, "c": [2]}}},
        {"payload": {"a": {"b": 1, "c": [2]}, "d": None}},
        {"payload": {}},
    ],
    ids=str,
)
def test_another_type_or_payload_conflicts(
    api: Api, run: tuple[str, str], other: dict[str, Any]
) -> None:
    assert api.frame(*run, "f1", **NOTE).status_code == 202
    response = api.frame(*run, "f1", **{**NOTE, **other})
    assert fields(refused(response, 409, "conflict")) == ["frame_id"]
    assert frames_of(api, run)[0]["payload"] == NOTE["payload"]


def test_the_time_and_unknown_fields_do_not_conflict(api: Api, run: tuple[str, str]) -> None:
    first = {**NOTE, "occurred_at": "2026-01-02T03:04:05+02:00"}
    assert api.frame(*run, "f1", **first).status_code == 202
    for other in (
        NOTE,
        {**NOTE, "occurred_at": "2026-12-31T00:00:00Z"},
        {**NOTE, "of_a_later_release": 1},
        {**NOTE, "payload": {"a": {"c": [2.0], "b": 1}}},
    ):
        assert api.frame(*run, "f1", **other).status_code == 200
    assert [frame["occurred_at"] for frame in frames_of(api, run)] == [
        "2026-01-02T01:04:05.000000Z"
    ]


def test_of_many_at_once_one_is_accepted(api: Api, run: tuple[str, str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(api.frame, *run, "f1", **NOTE) for _ in range(8)]
    assert sorted(answer.result().status_code for answer in sent) == [200] * 7 + [202]
    assert len(frames_of(api, run)) == 1


def test_frames_are_kept_in_the_order_of_their_acceptance(api: Api, run: tuple[str, str]) -> None:
    sent = [fresh("f") for _ in range(10)]
    for frame_id in sent:
        assert api.frame(*run, frame_id, **NOTE).status_code == 202
    assert [frame["frame_id"] for frame in frames_of(api, run)] == sent


def test_the_same_id_in_another_run_is_another_frame(api: Api, run: tuple[str, str]) -> None:
    other = routes.start(api)
    assert api.frame(*run, "f1", **NOTE).status_code == 202
    assert api.frame(*other, "f1", type="context", payload={}).status_code == 202


def test_an_ended_run_takes_no_new_frame_and_knows_the_old(api: Api) -> None:
    run = ended(api, "bye")
    before = api.events(*run)
    replay = api.frame(*run, "f1", "bye")
    assert (replay.status_code, replay.json()["idempotentReplay"]) == (200, True)
    for frame in ({}, NOTE, {"type": "cancel", "payload": {}}, {"type": "complete", "payload": {}}):
        assert fields(refused(api.frame(*run, "f2", **frame), 409, "conflict")) == ["run_terminal"]
    assert fields(refused(api.frame(*run, "f1", "hi"), 409, "conflict")) == ["frame_id"]
    assert api.events(*run) == before


def test_context_is_kept_and_starts_no_turn(api: Api, run: tuple[str, str]) -> None:
    assert api.frame(*run, "f1", **NOTE).status_code == 202
    assert api.frame(*run, "f2", "go on").status_code == 202
    text = "".join(
        event["payload"]["text"]
        for event in api.events(*ended_of(api, run))
        if event["type"] == "text.ended"
    )
    assert text == "go on"
    types = [event["type"] for event in api.events(*run)]
    assert types.count("message.user") == 1


def test_a_message_may_come_in_parts(api: Api, run: tuple[str, str]) -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "file", "url": "https://example.test/a.png"},
        {"type": "text", "text": "two"},
    ]
    assert api.frame(*run, "f1", payload={"parts": parts}).status_code == 202
    said = [e for e in api.events(*ended_of(api, run)) if e["type"] == "message.user"]
    assert [event["payload"]["text"] for event in said] == ["one\ntwo"]


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"frame_id": None}, "frame_id"),
        ({"frame_id": "a b"}, "frame_id"),
        ({"frame_id": ""}, "frame_id"),
        ({"frame_id": "x" * 201}, "frame_id"),
        ({"type": "shout"}, "type"),
        ({"type": 1}, "type"),
        ({"payload": "hello"}, "payload"),
        ({"payload": None}, "payload"),
        ({"payload": {}}, "payload.text"),
        ({"payload": {"text": ""}}, "payload.text"),
        ({"payload": {"text": 1}}, "payload.text"),
        ({"payload": {"parts": []}}, "payload.text"),
        ({"payload": {"parts": ["a"]}}, "payload.parts.0"),
        ({"payload": {"parts": [{"type": "text"}]}}, "payload.parts.0.text"),
        ({"payload": {"parts": [{"type": "file"}]}}, "payload.parts"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-01-02T03:04:05"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
        ({"occurred_at": 1_771_500_000}, "occurred_at"),
        ({"type": "cancel", "payload": {"reason": 1}}, "payload.reason"),
        ({"type": "complete", "payload": {"reason": []}}, "payload.reason"),
        ({"type": "tool_result", "payload": {}}, "payload.tool_call_id"),
        ({"type": "approval_response", "payload": {}}, "payload.approval_id"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_malformed_frame_is_refused(
    api: Api, run: tuple[str, str], frame: dict[str, Any], field: str
) -> None:
    body = {"frame_id": "f1", "type": "user_message", "payload": {"text": "a"}, **frame}
    error = refused(post(api, run, body), 400, "invalid_request")
    assert fields(error) == [field]
    assert frames_of(api, run) == []


@pytest.mark.parametrize("missing", ["thread_id", "frame_id", "type", "payload"])
def test_a_missing_field_is_named(api: Api, run: tuple[str, str], missing: str) -> None:
    whole = {"thread_id": run[1], "frame_id": "f1", "type": "user_message", "payload": {"text": ""}}
    body = {name: value for name, value in whole.items() if name != missing}
    names = dict(zip(("run_id", "thread_id"), run, strict=True))
    response = api.send("POST", f"/runs/{run[0]}/frames", body=body, **names)
    assert fields(refused(response, 400, "invalid_request")) == [missing]


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "tool_result", "payload": {"tool_call_id": "call_1", "output": 1}},
        {"type": "approval_response", "payload": {"approval_id": "a1", "approved": True}},
    ],
    ids=str,
)
def test_an_answer_that_nobody_asked_for_is_unprocessable(
    api: Api, run: tuple[str, str], frame: dict[str, Any]
) -> None:
    refused(api.frame(*run, "f1", **frame), 422, "unprocessable")
    assert frames_of(api, run) == []


def post(api: Api, run: tuple[str, str], body: dict[str, Any]) -> requests.Response:
    """POST a frame of any shape, under the run's thread."""
    names = dict(zip(("run_id", "thread_id"), run, strict=True))
    return api.send("POST", f"/runs/{run[0]}/frames", body={"thread_id": run[1], **body}, **names)


def ended_of(api: Api, run: tuple[str, str]) -> tuple[str, str]:
    """The run, once it has ended."""
    for _ in api.stream(*run):
        pass
    return run
