"""Tools that the run's client answers: declared at the start, called, answered by frames."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app.sse import SseEvent
from tests.support.api import Api, fresh, parts, text_of
from tests.web.envelope import fields, refused

PICK: dict[str, Any] = {
    "name": "pick_colour",
    "description": "Let the user pick a colour.",
    "parameters": {
        "type": "object",
        "properties": {"of": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}}},
        "required": ["of"],
        "additionalProperties": False,
    },
}
PLACE: dict[str, Any] = {**PICK, "name": "place", "parameters": {"type": "object"}}
ASKED = json.dumps({"of": ["red", "blue"]})

Run = tuple[str, str]


def asked(api: Api, text: str = ASKED, **fields: Any) -> tuple[Run, list[SseEvent], Iterator[Any]]:
    """A run that waits for its client, the stream so far, and what is still to come."""
    run = fresh(), fresh("t")
    more = {"model": "scripted/call?tool=pick_colour", "client_tools": [PICK], **fields}
    stream = api.run_and_stream(*run, text, **more)
    seen = []
    for event in stream:
        seen.append(event)
        if "finish-step" in event.data:
            break
    return run, seen, stream


def calls(api: Api, run: Run) -> list[dict[str, Any]]:
    """What the log says of the run's calls, in order."""
    return [e["payload"] for e in api.events(*run) if e["type"] == "tool.call"]


def results(api: Api, run: Run) -> list[dict[str, Any]]:
    """The results in the log, in order."""
    return [e["payload"] for e in api.events(*run) if e["type"] == "tool.result"]


def answer(api: Api, run: Run, frame_id: str, call_id: str, **given: Any) -> Any:
    payload = {"tool_call_id": call_id, **given}
    return api.frame(*run, frame_id, type="tool_result", payload=payload)


def until_parked(api: Api, run: Run) -> dict[str, Any]:
    """The snapshot of the run once it waits for nothing but its client."""
    last = list(api.stream(*run, "&cursor=0&until=client"))[-1]
    assert last.data != "[DONE]"
    return api.snapshot(*run)


def test_a_call_reaches_the_client_and_its_answer_the_model(api: Api) -> None:
    run, seen, rest = asked(api)
    [call] = [part for part in parts(seen) if part["type"] == "tool-input-available"]
    assert (call["toolName"], call["input"]) == ("pick_colour", {"of": ["red", "blue"]})
    [logged] = calls(api, run)
    assert (logged["client"], logged["timeout_s"]) == (True, 900)
    assert until_parked(api, run)["pendingToolCalls"] == [call["toolCallId"]]
    [task] = api.get("/tools", *run).json()["toolCalls"]
    assert (task["state"], task["toolName"]) == ("running", "pick_colour")

    assert answer(api, run, "a1", call["toolCallId"], output={"colour": "red"}).status_code == 202
    later = list(rest)
    given = [part for part in parts(later) if part["type"] == "tool-output-available"]
    assert [part["output"] for part in given] == [{"colour": "red"}]
    assert text_of(later) == 'The tool says: {"colour":"red"}'
    assert later[-1].data == "[DONE]"
    [task] = api.get("/tools", *run).json()["toolCalls"]
    assert (task["state"], task["attempt"], task["error"]) == ("succeeded", 1, None)


def test_an_error_is_an_answer_too(api: Api) -> None:
    run, _, rest = asked(api)
    [call] = calls(api, run)
    said = "the user has closed the window"
    assert answer(api, run, "a1", call["tool_call_id"], error=said).status_code == 202
    later = list(rest)
    assert text_of(later) == f"The tool says: error: {said}"
    [part] = [part for part in parts(later) if part["type"] == "tool-output-error"]
    assert part["errorText"] == said
    assert [told["status"] for told in results(api, run)] == ["failed"]


def test_several_of_both_kinds_in_one_step_are_all_waited_for(api: Api) -> None:
    model = "scripted/call?tool=pick_colour&also=clock,place"
    run, _, rest = asked(api, model=model, client_tools=[PICK, PLACE])
    by_name = {call["tool_name"]: call for call in calls(api, run)}
    assert list(by_name) == ["pick_colour", "clock", "place"]
    assert [call.get("client", False) for call in by_name.values()] == [True, False, True]

    place = by_name["place"]["tool_call_id"]
    assert answer(api, run, "a1", place, output="here").status_code == 202
    assert until_parked(api, run)["pendingToolCalls"][0] == by_name["pick_colour"]["tool_call_id"]
    picked = by_name["pick_colour"]["tool_call_id"]
    assert answer(api, run, "a2", picked, output=None).status_code == 202
    assert list(rest)[-1].data == "[DONE]"
    assert sorted(told["tool_name"] for told in results(api, run)) == sorted(by_name)
    assert api.snapshot(*run)["steps"] == 2


def test_the_same_answer_again_is_nothing_and_another_one_conflicts(api: Api) -> None:
    run, _, rest = asked(api, mode="session")
    [call] = calls(api, run)
    call_id = call["tool_call_id"]
    secret = {"colour": "red", "password": "hunter2-hunter2"}
    first = answer(api, run, "a1", call_id, output=secret)
    assert (first.status_code, first.json()["idempotentReplay"]) == (202, False)
    for event in rest:
        if '"finish"' in event.data:
            break
    before = api.events(*run)
    assert "hunter2" not in json.dumps(before)

    for frame_id in ("a1", "a2"):
        again = answer(api, run, frame_id, call_id, output=dict(reversed(secret.items())))
        assert (again.status_code, again.json()["idempotentReplay"]) == (200, True)
    for other in ({"output": {"colour": "blue"}}, {"error": "no"}):
        response = answer(api, run, "a2", call_id, **other)
        assert fields(refused(response, 409, "conflict")) == ["payload.tool_call_id"]
        response = answer(api, run, "a1", call_id, **other)
        assert fields(refused(response, 409, "conflict")) == ["frame_id"]
    assert api.events(*run) == before

    assert api.frame(*run, "end", type="complete", payload={}).status_code == 202
    assert list(rest)[-1].data == "[DONE]"
    again = answer(api, run, "a1", call_id, output=secret)
    assert (again.status_code, again.json()["idempotentReplay"]) == (200, True)
    response = answer(api, run, "a3", call_id, output=secret)
    assert fields(refused(response, 409, "conflict")) == ["run_terminal"]


def test_only_a_call_that_this_run_asked_its_client_for_can_be_answered(api: Api) -> None:
    run, _, rest = asked(api, model="scripted/call?tool=pick_colour&also=clock")
    other, _, other_rest = asked(api)
    picked, clock = calls(api, run)
    [elsewhere] = calls(api, other)
    for call_id in ("call_unknown", clock["tool_call_id"], elsewhere["tool_call_id"]):
        response = answer(api, run, "a1", call_id, output=1)
        assert fields(refused(response, 422, "unprocessable")) == ["payload.tool_call_id"]
    assert answer(api, run, "a1", picked["tool_call_id"], output=1).status_code == 202
    assert answer(api, other, "a1", elsewhere["tool_call_id"], output=1).status_code == 202
    assert list(rest)[-1].data == list(other_rest)[-1].data == "[DONE]"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "payload.output"),
        ({"output": 1, "error": "x"}, "payload.output"),
        ({"error": ""}, "payload.error"),
        ({"error": "x" * 8193}, "payload.error"),
        ({"output": "x" * 65_536}, "payload.output"),
    ],
)
def test_an_answer_is_one_output_or_one_error_within_bounds(
    api: Api, given: dict[str, Any], field: str
) -> None:
    run = fresh(), fresh("t")
    assert api.start(*run).status_code == 201
    response = answer(api, run, "a1", "call_1", **given)
    assert fields(refused(response, 400, "invalid_request")) == [field]


def test_a_run_can_be_cancelled_while_it_waits_for_its_client(api: Api) -> None:
    run, _, rest = asked(api)
    [call] = calls(api, run)
    until_parked(api, run)
    assert api.cancel(*run).status_code == 202
    later = list(rest)
    assert [part["type"] for part in parts(later)][-1] == "abort"
    assert [told["status"] for told in results(api, run)] == ["canceled"]
    response = answer(api, run, "a1", call["tool_call_id"], output=1)
    assert fields(refused(response, 409, "conflict")) == ["run_terminal"]
    [task] = api.get("/tools", *run).json()["toolCalls"]
    assert (task["state"], task["late"]) == ("canceled", False)


def test_a_call_that_nobody_answers_expires_and_the_model_is_told(api: Api) -> None:
    run, _, rest = asked(api, client_tools=[{**PICK, "timeout_s": 1}])
    [call] = calls(api, run)
    said = "expired: the client did not answer within 1 s"
    later = list(rest)
    assert text_of(later) == f"The tool says: error: {said}"
    [told] = results(api, run)
    assert (told["status"], told["error"]) == ("failed", said)
    [task] = api.get("/tools", *run).json()["toolCalls"]
    assert (task["state"], task["errorClass"]) == ("failed", "expired")
    assert answer(api, run, "a1", call["tool_call_id"], output=1).status_code == 409


def test_arguments_that_its_schema_does_not_take_go_back_to_the_model(api: Api) -> None:
    run = fresh(), fresh("t")
    model = "scripted/call?tool=pick_colour&also=nothing"
    asked_for = json.dumps({"of": ["RED"]})
    events = api.run_and_stream(*run, asked_for, model=model, client_tools=[PICK])
    assert list(events)[-1].data == "[DONE]"
    wrong, unknown = results(api, run)
    assert wrong["error"] == "of.0: 'RED' does not match '^[a-z]+$'"
    assert wrong["invalid"]
    assert "pick_colour" in unknown["error"]
    assert "client" not in calls(api, run)[0]
    assert api.get("/tools", *run).json()["toolCalls"] == []
    response = answer(api, run, "a1", wrong["tool_call_id"], output=1)
    assert response.status_code == 409


def test_an_answer_may_be_sent_with_the_request_that_streams_on(api: Api) -> None:
    run, _, stream = asked(api)
    stream.close()
    [call] = calls(api, run)
    at = until_parked(api, run)["latestSeq"]
    payload = {"tool_call_id": call["tool_call_id"], "output": {"colour": "red"}}
    body = {
        "run": {
            "run_id": run[0],
            "thread_id": run[1],
            "model": "scripted/call?tool=pick_colour",
            "client_tools": [PICK],
        },
        "frame": {"frame_id": "a1", "type": "tool_result", "payload": payload},
    }
    names = {"run_id": run[0], "thread_id": run[1]}
    response = api.send("POST", f"/runs/stream?cursor={at}", body=body, **names)
    assert response.status_code == 200
    assert response.text.count("tool-output-available") == 1
    assert "[DONE]" in response.text


def test_a_new_run_cannot_begin_with_an_answer(api: Api) -> None:
    run = fresh(), fresh("t")
    body = {
        "run": {"run_id": run[0], "thread_id": run[1], "client_tools": [PICK]},
        "frame": {
            "frame_id": "a1",
            "type": "tool_result",
            "payload": {"tool_call_id": "call_1", "output": 1},
        },
    }
    names = {"run_id": run[0], "thread_id": run[1]}
    response = api.send("POST", "/runs/stream", body=body, **names)
    refused(response, 422, "unprocessable")
    assert api.get("/snapshot", *run).status_code == 404
