"""Whole streams as clients get them: the bytes, what the client assembles, what its user sees.

A golden file holds a run's native events, what `readUIMessageStream` makes of its stream (`reader`)
and what a chat (`useChat`) shows where that is something else (`chat`).
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event, NewEvent
from runtime_app.sse import Decoder, SseEvent
from runtime_app.streaming.encoding import ENCODERS, ai_sdk, done_at_head, native
from runtime_app.streaming.event_mapper import MAPPED, parts
from tests.support.ai_client import Parser, chat, read, running_parser
from tests.support.catalogue_payloads import events, json_values, payloads

GOLDEN = Path(__file__).parents[2] / "golden" / "sse"
TRANSCRIPTS = sorted(path.stem for path in GOLDEN.glob("*.sse"))
AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)

#: Keys over which the client's parser refuses a part, among others.
suspicious = json_values(st.sampled_from(["__proto__", "constructor", "prototype", "a"]))


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with running_parser() as running:
        yield running


def transcript(name: str) -> tuple[dict[str, Any], bytes]:
    """A golden run and the bytes of its stream."""
    return json.loads((GOLDEN / f"{name}.json").read_text()), (GOLDEN / f"{name}.sse").read_bytes()


def stored(name: str) -> list[Event]:
    """The native events of a golden run."""
    offered = [NewEvent(**event) for event in transcript(name)[0]["events"]]
    return [Event(seq, each.type, 1, each.payload, AT) for seq, each in enumerate(offered, 1)]


def decoded(data: bytes) -> list[SseEvent]:
    return Decoder().feed(data)


def event_of(event_type: str, payload: Any, seq: int = 7) -> Event:
    return Event(seq, event_type, 1, payload, AT)


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_run_is_streamed_byte_for_byte_as_its_golden_file_says(name):
    sent = b"".join(ai_sdk("run-1", event) for event in stored(name))
    assert sent == transcript(name)[1]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_client_reads_a_run_without_an_error_and_assembles_its_messages(name):
    golden, body = transcript(name)
    reading = read(body)
    assert reading.parse_errors == []
    assert [event.data for event in decoded(body)[-1:]] == ["[DONE]"]
    assert reading.chunks == [json.loads(event.data) for event in decoded(body)[:-1]]
    assert reading.errors == golden["reader"]["errors"]
    assert reading.messages == golden["reader"]["messages"]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_user_of_a_chat_sees_what_the_golden_file_says(name):
    golden, body = transcript(name)
    seen = {"error": None, "messages": golden["reader"]["messages"], **golden.get("chat", {})}
    view = chat({"send": "hello", "sse": body.decode()})
    assert view.answers == seen["messages"]
    assert view.error == seen["error"]
    assert view.status == ("ready" if seen["error"] is None else "error")


def test_a_chat_that_was_cut_off_shows_the_whole_answer_after_a_replay_from_the_beginning():
    golden, body = transcript("tool_turn")
    cut = body[: body.index(b"id: 15\n")]  # in the middle of the text
    view = chat({"send": "hello", "sse": cut.decode()}, {"resume": True, "sse": body.decode()})
    assert view.answers == golden["reader"]["messages"]
    assert view.status == "ready"


def test_progress_and_superseded_steps_are_told_to_a_chat_and_not_kept_in_its_messages():
    for name, told in [
        ("thinking_and_two_tools", "data-tool-progress"),
        ("superseded_step", "data-step-superseded"),
    ]:
        view = chat({"send": "hello", "sse": transcript(name)[1].decode()})
        assert [part["type"] for part in view.data] == [told]
        assert told not in json.dumps(view.messages)


def test_a_chat_that_reads_a_session_turn_by_turn_shows_each_answer_once():
    golden, body = transcript("session_of_two_turns")
    end = body.index(b"\n\n", body.index(b'"finish"')) + 2
    first, second = body[:end].decode(), body[end:].decode()
    view = chat({"send": "one", "sse": first}, {"send": "two", "sse": second})
    assert view.answers == golden["reader"]["messages"]
    assert [end["finishReason"] for end in view.ends] == ["stop", "stop"]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_reader_that_resumes_after_any_id_has_missed_and_repeated_nothing(name):
    _, body = transcript(name)
    blocks = [block + b"\n\n" for block in body.split(b"\n\n")[:-1]]
    for at, block in enumerate(blocks[:-1], 1):
        if block.startswith(b"id: "):
            seq = int(block.split(b"\n")[0][4:])
            rest = b"".join(ai_sdk("run-1", event) for event in stored(name)[seq:])
            assert (rest or done_at_head("ai-sdk", seq)) == b"".join(blocks[at:])


def test_the_seq_stands_on_the_last_part_of_an_event_and_on_done():
    failed = stored("failed_run")[-1]
    sent = ai_sdk("run-1", failed)
    assert [line for line in sent.splitlines() if line.startswith(b"id:")] == [b"id: 12"] * 2
    assert sent.startswith(b'data: {"type":"error"')
    assert sent.endswith(b"id: 12\ndata: [DONE]\n\n")


def test_only_the_end_of_the_run_is_followed_by_done():
    events = stored("session_of_two_turns")
    done = [event.type for event in events if b"[DONE]" in ai_sdk("run-1", event)]
    assert done == ["run.finished"]


def test_a_reader_at_the_head_of_an_ended_run_gets_done_in_the_chat_format_alone():
    assert done_at_head("ai-sdk", 41) == b"id: 41\ndata: [DONE]\n\n"
    assert done_at_head("native", 41) == b""


@settings(deadline=None)
@given(events, st.integers(1, 2**53))
def test_the_native_format_carries_every_event_whole(event, seq):
    event_type, payload = event
    (read_back,) = decoded(native("run-1", event_of(event_type, payload, seq)))
    assert (read_back.event, read_back.event_id) == (event_type, str(seq))
    assert json.loads(read_back.data) == {
        "type": event_type,
        "seq": seq,
        "version": 1,
        "occurredAt": "2026-01-02T03:04:05.000006Z",
        "payload": payload,
    }


@settings(deadline=None)
@given(st.sampled_from(["tool.call", "tool.result", "tool.progress"]), st.data())
def test_no_output_of_a_tool_makes_the_client_refuse_its_part(parser, event_type, data):
    payload = data.draw(payloads(event_type, suspicious))
    chunks, refused = parser.parse(ai_sdk("run-1", event_of(event_type, payload)))
    assert refused == []
    assert len(chunks) == len(parts("run-1", event_of(event_type, payload)))


def test_of_a_suspicious_output_only_what_the_client_refuses_is_left_out(parser):
    output = {
        "a": [{"__proto__": {"b": 1}, "c": 2}],
        "constructor": {"prototype": 1, "d": "__proto__"},
        "prototype": {"constructor": "e"},
    }
    payload = {"tool_call_id": "1", "tool_name": "t", "status": "succeeded", "output": output}
    chunks, refused = parser.parse(ai_sdk("run-1", event_of("tool.result", payload)))
    assert refused == []
    assert chunks[0]["output"] == {
        "a": [{"c": 2}],
        "constructor": {"d": "__proto__"},
        "prototype": {"constructor": "e"},
    }
    assert output["a"] == [{"__proto__": {"b": 1}, "c": 2}]


UNMAPPABLE = [
    *((event_type, None) for event_type in sorted(MAPPED - {"step.started", "step.finished"})),
    ("run.started", {"code_version": "0.1.0"}),
    ("turn.ended", {"turn": 1, "finish_reason": "stop", "usage": "none"}),
    ("run.finished", {"status": "completed", "finish_reason": ["stop"], "usage": {}}),
]


@pytest.mark.parametrize(("event_type", "payload"), UNMAPPABLE)
def test_an_event_that_cannot_be_mapped_is_logged_and_skipped(event_type, payload, caplog):
    with caplog.at_level(logging.ERROR):
        sent = ai_sdk("run-1", event_of(event_type, payload))
    assert [event.data for event in decoded(sent)] == ["[DONE]"] * (event_type == "run.finished")
    assert f"run run-1 seq 7 {event_type}" in caplog.text


@settings(deadline=None)
@given(st.sampled_from(sorted(ENCODERS)), st.sampled_from(sorted(CATALOG)), st.data())
def test_no_stored_payload_breaks_a_stream(stream_format, event_type, data):
    fields = st.fixed_dictionaries({name: json_values() for name in CATALOG[event_type].fields})
    payload = data.draw(json_values() | fields)
    sent = ENCODERS[stream_format]("run-1", event_of(event_type, payload))
    assert len(decoded(sent)) == sent.count(b"\n\n")


@pytest.mark.parametrize("stream_format", sorted(ENCODERS))
def test_a_type_of_another_release_breaks_no_stream(stream_format):
    sent = ENCODERS[stream_format]("run-1", event_of("unheard.of", {"a": 1}))
    assert len(decoded(sent)) == (1 if stream_format == "native" else 0)
