"""A running stack read by the client that users have, tool call, cut and replay included."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.ai_client import Reading, chat, read, read_url, text_of
from tests.support.api import PREFIX, Api, fresh, parts

GOLDEN = Path(__file__).parents[1] / "golden" / "sse"
ASKED = "what time is it?"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def ended(api: Api) -> tuple[str, str]:
    """A run with a tool call that has ended, and its thread."""
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, ASKED, model="scripted/demo"))
    return run_id, thread_id


def get_request(api: Api, run_id: str, thread_id: str, query: str = "&cursor=0") -> dict[str, Any]:
    """How to ask for a run's stream: url and headers, signed for one use."""
    path = f"/runs/{run_id}/stream"
    names = {"run_id": run_id, "thread_id": thread_id}
    return {
        "url": f"{api.base_url}{PREFIX}{path}?thread_id={thread_id}{query}",
        "headers": {"X-OA-RUNTIME-SIGNATURE": api.token("GET", path, b"", names), **api.principal},
    }


def send_request(api: Api, run_id: str, thread_id: str, text: str, model: str) -> dict[str, Any]:
    """How to start a run with one message and stream it."""
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id, "model": model},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": text}},
    }
    raw = json.dumps(body, separators=(",", ":")).encode()  # as JSON.stringify writes it
    token = api.token("POST", "/runs/stream", raw, {"run_id": run_id, "thread_id": thread_id})
    return {
        "url": f"{api.base_url}{PREFIX}/runs/stream",
        "headers": {"X-OA-RUNTIME-SIGNATURE": token, **api.principal},
        "body": body,
    }


def read_run(api: Api, run_id: str, thread_id: str, **headers: str) -> Reading:
    """The client's reading of a run's stream until its end."""
    request = get_request(api, run_id, thread_id, "" if headers else "&cursor=0")
    return read_url(request["url"], {**request["headers"], **headers})


def blocks(api: Api, run_id: str, thread_id: str, last_id: str = "0") -> list[bytes]:
    """The stream after an id as bytes, event by event, without comments and `retry`."""
    request = get_request(api, run_id, thread_id, "")
    headers = {**request["headers"], "Last-Event-ID": last_id}
    response = api.send(
        "GET",
        f"/runs/{run_id}/stream?thread_id={thread_id}",
        run_id=run_id,
        thread_id=thread_id,
        headers=headers,
    )
    assert response.status_code == 200, response.text
    return [
        block + b"\n\n"
        for block in response.content.split(b"\n\n")
        if block.startswith((b"id:", b"data:"))
    ]


def shape(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The parts of a message: what each is and how it ended."""
    return [(part["type"], part.get("state", "")) for part in message["parts"]]


def test_the_client_reads_a_live_run_with_a_tool_call_without_one_error(api: Api):
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/demo?delay_ms=30").status_code == 201
    assert api.frame(run_id, thread_id, "f1", ASKED).status_code == 202
    reading = read_run(api, run_id, thread_id)
    assert (reading.parse_errors, reading.errors) == ([], [])
    (message,) = reading.messages
    assert shape(message) == [
        ("step-start", ""),
        ("tool-clock", "output-available"),
        ("step-start", ""),
        ("text", "done"),
    ]
    tool = message["parts"][1]
    assert tool["input"] == {}
    assert set(tool["output"]) == {"time", "weekday"}
    assert tool["output"]["time"] in text_of(message)
    assert message["metadata"]["runId"] == run_id
    assert message["metadata"]["usage"]["tool_calls"] == 1
    assert reading.chunks[-1]["finishReason"] == "stop"


def test_a_chat_sends_a_message_and_another_one_finds_the_same_answer_by_a_replay(api: Api):
    run_id, thread_id = fresh(), fresh("t")
    sent = chat({"send": ASKED, **send_request(api, run_id, thread_id, ASKED, "scripted/demo")})
    assert (sent.status, sent.error) == ("ready", None)
    assert [end["finishReason"] for end in sent.ends] == ["stop"]
    assert [shape(answer)[1] for answer in sent.answers] == [("tool-clock", "output-available")]
    later = chat({"resume": True, **get_request(api, run_id, thread_id)})
    assert (later.status, later.error) == ("ready", None)
    assert later.answers == sent.answers


def test_a_replay_of_an_ended_run_assembles_the_message_that_was_read_live(api: Api):
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/demo").status_code == 201
    assert api.frame(run_id, thread_id, "f1", ASKED).status_code == 202
    live = read_run(api, run_id, thread_id)
    replayed = read_run(api, run_id, thread_id)
    assert replayed == live
    assert len(live.messages) == 1


def test_a_reader_that_is_cut_off_in_a_live_run_resumes_with_the_rest(api: Api):
    run_id, thread_id = fresh(), fresh("t")
    stream = api.run_and_stream(run_id, thread_id, ASKED, model="scripted/demo?delay_ms=100")
    seen = []
    for event in stream:
        seen.append(event)
        if "text-delta" in event.data:
            break
    stream.close()
    last_id = seen[-1].event_id
    rest = read_run(api, run_id, thread_id, **{"Last-Event-ID": last_id})
    uncut = read_run(api, run_id, thread_id)
    assert rest.parse_errors == []
    assert len(rest.chunks) > 1
    assert parts(seen) + rest.chunks == uncut.chunks


def test_a_resume_after_any_id_is_byte_for_byte_the_tail_of_an_uncut_read(api: Api, ended):
    uncut = blocks(api, *ended)
    assert len(uncut) > 10
    for at, block in enumerate(uncut[:-1], 1):
        if block.startswith(b"id: "):
            last_id = block.split(b"\n")[0].removeprefix(b"id: ").decode()
            assert blocks(api, *ended, last_id) == uncut[at:]


def test_two_halves_of_a_stream_read_one_after_the_other_make_the_same_message(api: Api, ended):
    uncut = blocks(api, *ended)
    middle = next(at for at, block in enumerate(uncut) if b"tool-output-available" in block)
    last_id = uncut[middle].split(b"\n")[0].removeprefix(b"id: ").decode()
    stitched = [*uncut[: middle + 1], *blocks(api, *ended, last_id)]
    assert read(b"".join(stitched)).messages == read_run(api, *ended).messages


# -- the golden transcripts are what runs look like ------------------------------------------------


def _answered(text: str, **run: Any) -> Callable[[Api, str, str], None]:
    def drive(api: Api, run_id: str, thread_id: str) -> None:
        list(api.run_and_stream(run_id, thread_id, text, **run))

    return drive


def _canceled(api: Api, run_id: str, thread_id: str) -> None:
    for event in api.run_and_stream(run_id, thread_id, "x", model="scripted/stall?after=2"):
        if "text-start" in event.data:
            assert api.cancel(run_id, thread_id, reason="enough").status_code == 202


def _two_turns(api: Api, run_id: str, thread_id: str) -> None:
    more = [{"text": "two"}, {"type": "complete", "payload": {}}]
    run = {"model": "scripted/echo", "mode": "session"}
    for event in api.run_and_stream(run_id, thread_id, "one", **run):
        if '"finish"' in event.data and more:
            frame_id = f"f{4 - len(more)}"
            assert api.frame(run_id, thread_id, frame_id, **more.pop(0)).status_code == 202


DRIVERS = {
    "text_turn": _answered("good morning", model="scripted/echo"),
    "tool_turn": _answered(ASKED, model="scripted/demo"),
    "failed_run": _answered("x", model="scripted/fail?after=2"),
    "canceled_run": _canceled,
    "session_of_two_turns": _two_turns,
    "cap_exceeded": _answered("x", model="scripted/tools?calls=3&parallel=0", caps={"steps": 1}),
}


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_a_real_run_has_the_events_and_the_messages_of_its_golden_transcript(api: Api, name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    run_id, thread_id = fresh(), fresh("t")
    DRIVERS[name](api, run_id, thread_id)
    happened = api.events(run_id, thread_id)
    assert _types(happened) == _types(golden["events"])
    assert [set(event["payload"]) for event in happened if event["type"] == "run.finished"] == [
        set(golden["events"][-1]["payload"])
    ]
    reading = read_run(api, run_id, thread_id)
    assert reading.parse_errors == []
    expected = golden["reader"]["messages"]
    assert [shape(message) for message in reading.messages] == [shape(each) for each in expected]
    assert reading.errors == golden["reader"]["errors"]


def _types(events: list[dict[str, Any]]) -> list[str]:
    """The types of events; deltas are left out: how many there are depends on the clock."""
    return [event["type"] for event in events if not event["type"].endswith(".delta")]
