"""A frame as a client sends it."""

import pytest

from runtime_app.canonical import canonical
from runtime_app.errors import InvalidRequest, Unprocessable
from runtime_app.frames.frame import Frame, check, user_text


def frame(frame_type: str, payload: dict, **more: str) -> Frame:
    return Frame("f", frame_type, payload, **more)


@pytest.mark.parametrize(
    ("frame_type", "payload"),
    [
        ("user_message", {"text": "hi"}),
        ("user_message", {"text": "hi", "other": 1}),
        ("user_message", {"parts": [{"type": "text", "text": "hi"}]}),
        ("user_message", {"parts": [{"type": "file", "url": "x"}, {"type": "text", "text": "a"}]}),
        ("context", {}),
        ("context", {"anything": [1, {"at": "all"}]}),
        ("cancel", {}),
        ("cancel", {"reason": "enough"}),
        ("complete", {}),
    ],
)
def test_what_a_type_takes_is_taken(frame_type, payload):
    assert check(frame(frame_type, payload)) is None


@pytest.mark.parametrize(
    ("frame_type", "payload", "field"),
    [
        ("greeting", {}, "type"),
        ("user_message", {}, "payload.text"),
        ("user_message", {"text": ""}, "payload.text"),
        ("user_message", {"text": 1}, "payload.text"),
        ("user_message", {"text": None}, "payload.text"),
        ("user_message", {"parts": []}, "payload.text"),
        ("user_message", {"parts": "hi"}, "payload.text"),
        ("user_message", {"parts": ["hi"]}, "payload.parts.0"),
        ("user_message", {"parts": [{"text": "hi"}]}, "payload.parts.0"),
        ("user_message", {"parts": [{"type": 1}]}, "payload.parts.0"),
        (
            "user_message",
            {"parts": [{"type": "text", "text": "a"}, {"type": "text", "text": 1}]},
            "payload.parts.1.text",
        ),
        ("user_message", {"parts": [{"type": "file"}]}, "payload.parts"),
        ("user_message", {"parts": [{"type": "text", "text": ""}]}, "payload.parts"),
        ("cancel", {"reason": 1}, "payload.reason"),
        ("complete", {"reason": None}, "payload.reason"),
        ("tool_result", {}, "payload.tool_call_id"),
        ("tool_result", {"tool_call_id": 1}, "payload.tool_call_id"),
        ("approval_response", {"approval_id": ""}, "payload.approval_id"),
    ],
)
def test_what_a_type_does_not_take_is_refused_by_field(frame_type, payload, field):
    with pytest.raises(InvalidRequest) as caught:
        check(frame(frame_type, payload))
    assert [detail.field for detail in caught.value.details] == [field]


def test_an_unknown_type_is_told_which_there_are():
    with pytest.raises(InvalidRequest, match="known: user_message, context, tool_result"):
        check(frame("greeting", {}))


def test_an_answer_that_nobody_waits_for_is_refused():
    with pytest.raises(Unprocessable, match="is waiting for an answer"):
        check(frame("approval_response", {"approval_id": "a"}))


def test_an_answer_to_a_call_is_one_output_or_one_error():
    check(frame("tool_result", {"tool_call_id": "c", "output": None}))
    check(frame("tool_result", {"tool_call_id": "c", "error": "no"}))
    for both_or_none in ({}, {"output": 1, "error": "no"}):
        with pytest.raises(InvalidRequest, match="one of them"):
            check(frame("tool_result", {"tool_call_id": "c", **both_or_none}))


def test_the_text_of_a_message_is_its_text_or_its_text_parts_line_by_line():
    assert user_text({"text": "hi", "parts": [{"type": "text", "text": "no"}]}) == "hi"
    parts = [
        {"type": "text", "text": "one"},
        {"type": "file", "text": "not this"},
        {"type": "text", "text": "two"},
    ]
    assert user_text({"parts": parts}) == "one\ntwo"


def test_idempotency_compares_type_and_payload_and_nothing_else():
    first = frame("context", {"a": 1, "b": [True]})
    again = Frame("g", "context", {"b": [True], "a": 1.0}, occurred_at="2026-01-02T03:04:05Z")
    assert first.content == again.content == canonical(["context", {"a": 1, "b": [True]}])


@pytest.mark.parametrize(
    "other",
    [
        frame("user_message", {"text": "hi!"}),
        frame("context", {"text": "hi"}),
        frame("user_message", {"text": "hi", "more": None}),
    ],
)
def test_another_type_or_payload_is_another_content(other):
    assert other.content != frame("user_message", {"text": "hi"}).content


def test_what_stands_for_a_message_that_was_too_much_to_keep_is_its_text():
    assert user_text("[oversize:300000:ab]") == "[oversize:300000:ab]"
