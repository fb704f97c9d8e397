import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.providers.provider import Message, ModelRequest
from runtime_app.providers.script_cues import (
    arithmetic_in,
    asks_the_time,
    pieces,
    tool_answers,
    user_text,
)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("What is 12*7?", "12*7"),
        ("12 * (7 + 1.5) please", "12 * (7 + 1.5)"),
        ("so (1+2)*3.", "(1+2)*3"),
        ("first 2+2, then 3+3", "2+2"),
        ("on 2024-05-06 at noon", None),
        ("version 1.2.3", None),
        ("the number 42", None),
        ("2**100", None),
        ("nothing at all", None),
    ],
)
def test_arithmetic_is_found_in_prose(text, expression):
    assert arithmetic_in(text) == expression


@settings(deadline=None)
@given(st.text(alphabet="0123456789.()+-*/ \n", max_size=300))
def test_any_text_can_be_searched_for_arithmetic(text):
    found = arithmetic_in(text)
    assert found is None or found in text


@pytest.mark.parametrize("text", ["What time is it?", "the CLOCK", "time"])
def test_the_time_is_asked_for_by_a_word(text):
    assert asks_the_time(text)


@pytest.mark.parametrize("text", ["sometimes", "clockwork", ""])
def test_a_part_of_a_word_is_not_the_word(text):
    assert not asks_the_time(text)


@settings(deadline=None)
@given(st.text())
def test_pieces_joined_are_the_text(text):
    assert "".join(pieces(text)) == (text if text.strip() else "")


def test_only_the_answers_since_the_user_spoke_count():
    request = ModelRequest(
        "demo",
        (
            Message("user", "before"),
            Message("tool", "old", tool_call_id="call_1"),
            Message("user", "now"),
            Message("tool", "first", tool_call_id="call_2"),
            Message("tool", "second", tool_call_id="call_3"),
        ),
    )
    assert user_text(request) == "now"
    assert tool_answers(request) == ["first", "second"]


def test_a_conversation_without_a_user_says_nothing():
    assert user_text(ModelRequest("demo", (Message("system", "rules"),))) == ""
