"""A run for a thread that has a live one: refused, in line, or in its place."""

from typing import Any

import pytest
import requests

from tests.support.api import Api, fresh, read_sse, text_of
from tests.support.reader import Reader
from tests.support.stack import eventually
from tests.web.envelope import refused

SLOW = "scripted/stall?after=2"


def begun(api: Api, thread_id: str, model: str = SLOW, **fields: Any) -> str:
    """A run that has its message."""
    run_id = fresh()
    response = api.start(run_id, thread_id, model=model, **fields)
    assert response.status_code == 201, response.text
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    return run_id


def until(api: Api, run_id: str, thread_id: str, status: str) -> None:
    eventually(lambda: api.snapshot(run_id, thread_id)["status"] == status, what=status)


def at_work(api: Api, thread_id: str) -> str:
    """A run that is speaking to a model that says nothing more."""
    run_id = begun(api, thread_id)
    until(api, run_id, thread_id, "running")
    return run_id


def idle(api: Api, thread_id: str) -> str:
    """A session between two turns."""
    run_id = begun(api, thread_id, "scripted/echo", mode="session")
    until(api, run_id, thread_id, "waiting_input")
    return run_id


def untouched(api: Api, thread_id: str) -> str:
    """A run without a message."""
    run_id = fresh()
    assert api.start(run_id, thread_id).status_code == 201
    return run_id


LIVE = {"at work": at_work, "idle": idle, "untouched": untouched}


@pytest.mark.parametrize("live", LIVE)
def test_reject_names_the_live_run_and_starts_nothing(api: Api, live: str) -> None:
    thread_id, late = fresh("t"), fresh()
    first = LIVE[live](api, thread_id)
    error = refused(api.start(late, thread_id, on_busy="reject"), 409, "conflict")
    assert error["details"] == [{"field": "live_run", "message": first}]
    assert api.get("", late, thread_id).status_code == 404
    assert api.cancel(first, thread_id).status_code == 202
    until(api, first, thread_id, "canceled")
    assert api.start(late, thread_id, on_busy="reject").status_code == 201


@pytest.mark.parametrize("live", LIVE)
def test_interrupt_ends_the_live_run_says_by_whom_and_starts(api: Api, live: str) -> None:
    thread_id = fresh("t")
    first = LIVE[live](api, thread_id)
    second = begun(api, thread_id, "scripted/echo", on_busy="interrupt")
    until(api, second, thread_id, "completed")
    terminal = api.snapshot(first, thread_id)["terminal"]
    assert terminal.pop("at")
    assert terminal == {
        "status": "canceled",
        "reasonClass": "canceled_by_user",
        "reason": f"interrupted by run {second}",
        "interruptedBy": second,
    }
    end = api.events(first, thread_id)[-1]
    assert (end["type"], end["payload"]["interrupted_by"]) == ("run.finished", second)
    assert begins(api, second, thread_id) >= end["occurredAt"]
    assert "interruptedBy" not in api.snapshot(second, thread_id)["terminal"]


@pytest.mark.parametrize("live", ["idle", "untouched"])
def test_one_that_interrupts_with_its_message_at_hand_lets_who_holds_no_slot_end_first(
    api: Api, live: str
) -> None:
    for _ in range(5):
        thread_id, second = fresh("t"), fresh()
        first = LIVE[live](api, thread_id)
        run = {"model": "scripted/echo", "on_busy": "interrupt"}
        assert text_of(api.run_and_stream(second, thread_id, "now", **run)) == "now"
        end = api.events(first, thread_id)[-1]
        assert end["type"] == "run.finished"
        assert begins(api, second, thread_id) >= end["occurredAt"]


def begins(api: Api, run_id: str, thread_id: str) -> str:
    events = api.events(run_id, thread_id)
    return next(event["occurredAt"] for event in events if event["type"] == "run.started")


def test_enqueue_is_the_default_and_waits_for_the_end(api: Api) -> None:
    thread_id = fresh("t")
    first = at_work(api, thread_id)
    second = begun(api, thread_id, "scripted/echo")
    third = begun(api, thread_id, "scripted/echo", on_busy="enqueue")
    eventually(lambda: in_line(api, second, thread_id), what="the second has tried")
    assert api.snapshot(second, thread_id)["status"] == "accepted"
    assert api.cancel(first, thread_id).status_code == 202
    for run_id in (second, third):
        until(api, run_id, thread_id, "completed")
    ends = api.events(first, thread_id)[-1]["occurredAt"]
    assert ends <= begins(api, second, thread_id) < begins(api, third, thread_id)


def in_line(api: Api, run_id: str, thread_id: str) -> bool:
    """Whether its executor has let go of it without starting it."""
    return [event["type"] for event in api.events(run_id, thread_id)] == [
        "run.accepted",
        "frame.accepted",
    ]


def test_a_session_between_two_turns_is_in_nobodys_way_and_waits_itself(api: Api) -> None:
    thread_id = fresh("t")
    session = idle(api, thread_id)
    other = at_work(api, thread_id)
    assert api.frame(session, thread_id, "f2", "again").status_code == 202
    assert api.cancel(other, thread_id).status_code == 202
    eventually(
        lambda: [e["type"] for e in api.events(session, thread_id)].count("turn.ended") == 2,
        what="the session's second answer",
    )
    turns = [e for e in api.events(session, thread_id) if e["type"] == "turn.started"]
    assert turns[0]["occurredAt"] >= api.events(other, thread_id)[-1]["occurredAt"]


def test_start_and_stream_takes_on_busy_too(api: Api) -> None:
    thread_id, second = fresh("t"), fresh()
    first = at_work(api, thread_id)
    watcher = Reader(api, first, thread_id)
    body = {
        "run": {"run_id": second, "thread_id": thread_id, "on_busy": "reject"},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "now"}},
    }
    names = {"run_id": second, "thread_id": thread_id}
    refused(api.send("POST", "/runs/stream", body=body, **names), 409, "conflict")
    body["run"] |= {"on_busy": "interrupt", "model": "scripted/echo"}
    response = api.send("POST", "/runs/stream", body=body, stream=True, **names)
    assert text_of(list(read_sse(response))) == "now"
    watcher.wait_done(within_s=10)
    assert watcher.parts[-1] == {"type": "abort", "reason": f"interrupted by run {second}"}


def configured(api: Api, thread_id: str, **fields: Any) -> requests.Response:
    path = f"/threads/{thread_id}/settings"
    return api.send("PUT", path, thread_id=thread_id, body=fields)


def on_busy_of(api: Api, thread_id: str) -> str | None:
    state = api.send("GET", f"/threads/{thread_id}/state", thread_id=thread_id)
    assert state.status_code == 200
    return state.json()["onBusy"]


def test_a_thread_says_it_for_the_runs_that_do_not(api: Api) -> None:
    thread_id = fresh("t")
    first = at_work(api, thread_id)
    assert on_busy_of(api, thread_id) is None
    assert configured(api, thread_id, on_busy="reject").json()["onBusy"] == "reject"
    assert on_busy_of(api, thread_id) == "reject"
    error = refused(api.start(fresh(), thread_id), 409, "conflict")
    assert error["details"] == [{"field": "live_run", "message": first}]
    names = {"thread_id": thread_id}
    fork = {"thread_id": thread_id, "at": 1}
    path = f"/runs/{first}/fork"
    refused(api.send("POST", path, body=fork, run_id=first, **names), 409, "conflict")

    waits = begun(api, thread_id, "scripted/echo", on_busy="enqueue")
    assert configured(api, thread_id, on_busy="interrupt").status_code == 200
    last = begun(api, thread_id, "scripted/echo")
    for run_id in (first, waits):
        until(api, run_id, thread_id, "canceled")
        assert api.snapshot(run_id, thread_id)["terminal"]["interruptedBy"] == last
    until(api, last, thread_id, "completed")

    assert configured(api, thread_id, on_busy=None).json()["onBusy"] is None
    first = at_work(api, thread_id)
    begun(api, thread_id, "scripted/echo")
    assert api.snapshot(first, thread_id)["status"] == "running"
    assert api.cancel(first, thread_id).status_code == 202


def test_a_tool_call_goes_on_beside_the_runs_of_its_thread(api: Api) -> None:
    thread_id = fresh("t")
    assert configured(api, thread_id, on_busy="interrupt").status_code == 200
    first = at_work(api, thread_id)
    called = {"thread_id": thread_id, "tool_name": "calc", "arguments": {"expression": "6*7"}}
    answer = api.send("POST", "/tools/execute", body=called, thread_id=thread_id)
    assert (answer.status_code, answer.json()["output"]) == (200, {"value": 42})
    assert api.snapshot(first, thread_id)["status"] == "running"
    assert api.cancel(first, thread_id).status_code == 202
    until(api, first, thread_id, "canceled")

    elsewhere, waits = fresh("t"), called | {"autopilot_id": fresh("a")}
    busy = begun(api, elsewhere, autopilot_id=waits["autopilot_id"])
    until(api, busy, elsewhere, "running")
    waiting = api.send("POST", "/tools/execute?wait_ms=0", body=waits, thread_id=thread_id)
    assert waiting.status_code == 202, waiting.text
    chat = begun(api, thread_id, "scripted/echo", on_busy="reject")
    until(api, chat, thread_id, "completed")
    assert api.cancel(busy, elsewhere).status_code == 202
    until(api, waiting.json()["runId"], thread_id, "completed")


def test_a_request_sent_again_finds_its_run_whatever_the_thread_says_now(api: Api) -> None:
    thread_id = fresh("t")
    run_id = at_work(api, thread_id)
    assert configured(api, thread_id, on_busy="interrupt").status_code == 200
    again = api.start(run_id, thread_id, model=SLOW)
    assert (again.status_code, again.json()["idempotentReplay"]) == (200, True)
    assert api.snapshot(run_id, thread_id)["status"] == "running"
    assert api.cancel(run_id, thread_id).status_code == 202


def test_a_thread_is_set_by_its_owner_who_is_whoever_comes_first(api: Api) -> None:
    thread_id = fresh("t")
    assert configured(api, thread_id, on_busy="reject").status_code == 200
    stranger = api.as_user(7)
    refused(configured(stranger, thread_id, on_busy="interrupt"), 403, "forbidden")
    refused(stranger.start(fresh(), thread_id), 403, "forbidden")
    assert on_busy_of(api, thread_id) == "reject"
    error = refused(configured(api, thread_id, on_busy="hurry"), 400, "invalid_request")
    assert [detail["field"] for detail in error["details"]] == ["on_busy"]


def test_any_other_wish_is_a_bad_field(api: Api) -> None:
    error = refused(api.start(fresh(), fresh("t"), on_busy="hurry"), 400, "invalid_request")
    assert [detail["field"] for detail in error["details"]] == ["on_busy"]
