"""Identifiers."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.ids import (
    is_identifier,
    message_id,
    new_request_id,
    new_run_id,
    part_id,
    tool_call_id,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize("text", ["a", "A-Z.0_9:x", "x" * 200, "..", "-"])
def test_an_identifier_is_up_to_200_plain_characters(text):
    assert is_identifier(text)


@pytest.mark.parametrize("text", ["", "x" * 201, "a b", "a/b", "a\n", "\na", "é", "a\x00", "a%20b"])
def test_anything_else_is_no_identifier(text):
    assert not is_identifier(text)


def test_a_run_id_is_a_version_7_uuid_of_its_millisecond():
    made = uuid.UUID(new_run_id(NOW))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(NOW.timestamp() * 1000)
    assert is_identifier(str(made))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=20, unique=True))
def test_run_ids_sort_by_time(ages_ms):
    made = [new_run_id(NOW + timedelta(milliseconds=age)) for age in sorted(ages_ms)]
    assert made == sorted(made)


def test_ids_that_are_made_differ():
    assert len({new_run_id(NOW) for _ in range(1000)}) == 1000
    assert len({new_request_id() for _ in range(1000)}) == 1000


def test_a_request_id_is_an_identifier():
    assert is_identifier(new_request_id())


def test_the_same_call_of_the_same_step_has_the_same_id():
    first = tool_call_id("r", 1, 0, "calc", {"a": 1, "b": 2})
    assert first == tool_call_id("r", 1, 0, "calc", {"b": 2, "a": 1.0})
    assert re.fullmatch(r"call_[0-9a-f]{32}", first)


@pytest.mark.parametrize(
    "call",
    [
        ("s", 1, 0, "calc", {"a": 1}),
        ("r", 2, 0, "calc", {"a": 1}),
        ("r", 1, 1, "calc", {"a": 1}),
        ("r", 1, 0, "clock", {"a": 1}),
        ("r", 1, 0, "calc", {"a": 2}),
    ],
)
def test_another_call_has_another_id(call):
    assert tool_call_id(*call) != tool_call_id("r", 1, 0, "calc", {"a": 1})


def test_a_message_is_named_by_its_turn_and_by_what_it_replaces():
    named = [
        message_id("r", 1),
        message_id("r", 2),
        message_id("r", 1, (1, 1)),
        message_id("r", 1, (1, 2)),
        message_id("r", 1, (2, 1)),
        message_id("s", 1),
    ]
    assert named[0] == "msg_r_1"
    assert len(set(named)) == len(named)


def test_a_part_is_named_by_step_attempt_and_place():
    assert part_id(2, 3, 4) == "p2.3.4"
    assert len({part_id(1, 11, 1), part_id(11, 1, 1), part_id(1, 1, 11)}) == 3
