"""Events as a writer offers them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.canonical import canonical
from runtime_app.events.event import NewEvent
from tests.support.sanitizer import SANITIZER


def test_an_event_holds_exactly_the_fields_of_its_type():
    payload = {"step": 1, "attempt": 1, "finish_reason": "stop"}
    assert NewEvent("step.finished", payload).payload == payload


@pytest.mark.parametrize(
    ("event_type", "payload", "message"),
    [
        ("step.done", {}, "'step.done' is not in the event catalogue"),
        ("text.delta", {"part_id": "p"}, r"text.delta: missing \['delta'\], unknown \[\]"),
        (
            "run.cancel_requested",
            {"reasons": "x"},
            r"run.cancel_requested: missing \[\], unknown \['reasons'\]",
        ),
    ],
)
def test_anything_else_is_refused(event_type, payload, message):
    with pytest.raises(ValueError, match=message):
        NewEvent(event_type, payload)


@pytest.mark.parametrize("payload", [{}, {"reason": "enough"}])
def test_an_optional_field_may_be_left_out(payload):
    assert NewEvent("run.cancel_requested", payload).text(SANITIZER) == canonical(payload)


def test_the_text_is_canonical():
    event = NewEvent("text.delta", {"part_id": "p1", "delta": "Grüße"})
    assert event.text(SANITIZER) == '{"delta":"Grüße","part_id":"p1"}'


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [("a\x00b", "a\ufffdb"), ("a\ud800", "a\ufffd"), ("\ud83d\ude00", "😀")],
)
def test_what_cannot_be_stored_is_mended_and_the_payload_says_so(given_text, stored):
    event = NewEvent("text.ended", {"part_id": "p", "text": given_text})
    assert json.loads(event.text(SANITIZER)) == {"part_id": "p", "text": stored, "made_safe": True}


def test_a_type_that_has_no_place_to_say_so_is_mended_in_silence():
    event = NewEvent("text.delta", {"part_id": "p", "delta": "a\x00"})
    assert json.loads(event.text(SANITIZER)) == {"part_id": "p", "delta": "a\ufffd"}


@pytest.mark.parametrize(
    ("output", "stored"),
    [
        (2**60, "1152921504606846976"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ({"deep": [10**30]}, {"deep": ["1" + "0" * 30]}),
    ],
)
def test_numbers_that_cannot_be_stored_become_text(output, stored):
    payload = {"tool_call_id": "c", "tool_name": "t", "status": "succeeded", "output": output}
    text = NewEvent("tool.result", payload).text(SANITIZER)
    assert json.loads(text) == {**payload, "output": stored, "made_safe": True}


@pytest.mark.parametrize("text", ["\\u0000", "a\\\\u0000b", "\\\\\\u0000"])
def test_text_that_only_talks_of_nul_is_left_as_it_is(text):
    stored = json.loads(NewEvent("text.ended", {"part_id": "p", "text": text}).text(SANITIZER))
    assert stored == {"part_id": "p", "text": text}


def test_the_writers_own_payload_is_never_changed():
    payload = {"part_id": "p", "text": "a\x00"}
    NewEvent("text.ended", payload).text(SANITIZER)
    assert payload == {"part_id": "p", "text": "a\x00"}


@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_of_a_model_can_be_stored(text):
    stored = NewEvent("text.ended", {"part_id": "p", "text": text}).text(SANITIZER)
    stored.encode()
    assert "\x00" not in json.loads(stored)["text"]
