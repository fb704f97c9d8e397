import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.model_script import SCRIPTS, parse_script
from runtime_app.providers.outcome import FAILURES
from runtime_app.providers.provider import (
    Done,
    Message,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolDefinition,
    Usage,
)
from runtime_app.providers.script_plays import PLAYS, Pause, play
from runtime_app.providers.tool_arguments import tool_call

CLOCK = ToolDefinition("clock", "The time.", {"type": "object"})
CALC = ToolDefinition("calc", "Arithmetic.", {"type": "object"})


def perform(model, text="hello", *later, tools=(), limit=None):
    request = ModelRequest(model, (Message("user", text), *later), tools, limit)
    return list(play(parse_script(model), request))


def said(beats):
    return "".join(beat.text for beat in beats if isinstance(beat, TextDelta))


def calls_in(beats):
    return [beat for beat in beats if isinstance(beat, ToolCall)]


def test_every_script_has_a_play():
    assert PLAYS.keys() == SCRIPTS.keys()


def test_the_demo_says_what_it_is_and_quotes_the_user():
    beats = perform("demo", "hi there")
    assert said(beats) == ("This is a scripted demo: no model was asked. You said: “hi there”")
    assert len([beat for beat in beats if isinstance(beat, TextDelta)]) > 5
    assert beats[-1] == Done("stop")


def test_the_demo_quotes_no_more_than_200_characters():
    assert len(said(perform("demo", "x" * 10_000))) < 300


@pytest.mark.parametrize(
    ("text", "tools", "call"),
    [
        ("What time is it?", (CLOCK, CALC), tool_call("call_1", "clock", "{}")),
        ("12*7?", (CLOCK, CALC), tool_call("call_1", "calc", '{"expression": "12*7"}')),
    ],
)
def test_the_demo_calls_the_tool_that_knows(text, tools, call):
    assert perform("demo", text, tools=tools) == [
        call,
        Usage(len(text.split()), 1),
        Done("tool-calls"),
    ]


@pytest.mark.parametrize(("text", "tools"), [("What time is it?", (CALC,)), ("12*7?", (CLOCK,))])
def test_the_demo_calls_no_tool_that_is_not_offered(text, tools):
    assert calls_in(perform("demo", text, tools=tools)) == []


def test_the_demo_answers_with_what_the_tool_said():
    call = tool_call("call_1", "clock", "{}")
    turns = (Message("assistant", "", (call,)), Message("tool", "noon", tool_call_id="call_1"))
    beats = perform("demo", "What time is it?", *turns, tools=(CLOCK,))
    assert said(beats) == "This is a scripted demo. The tool says: noon"
    assert beats[-1] == Done("stop")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_the_echo_is_exact_and_in_few_chunks(text):
    beats = perform("echo", text)
    assert said(beats) == text
    assert len(beats) <= 6


@pytest.mark.parametrize("size_bytes", [1, 2, 20, 300])
def test_tokens_have_the_size_asked_for(size_bytes):
    beats = perform(f"tokens?n=12&bytes={size_bytes}&delay_ms=0")
    chunks = [beat.text for beat in beats if isinstance(beat, TextDelta)]
    assert len(chunks) == 12
    assert {len(chunk.encode()) for chunk in chunks} == {size_bytes}
    assert beats[-2] == Usage(1, 12)


def test_delays_stand_between_chunks():
    beats = perform("tokens?n=3&delay_ms=40")
    assert [type(beat) for beat in beats[:5]] == [TextDelta, Pause, TextDelta, Pause, TextDelta]
    assert beats[1] == Pause(0.04)


def test_parallel_tools_are_called_in_one_answer():
    beats = perform("tools?calls=3&parallel=1")
    assert [(call.id, call.name) for call in calls_in(beats)] == [
        ("call_1", "clock"),
        ("call_2", "clock"),
        ("call_3", "clock"),
    ]
    assert beats[-1] == Done("tool-calls")


def test_serial_tools_are_called_one_by_one_and_then_answered():
    turns = []
    ids = []
    for _ in range(3):
        (call,) = calls_in(perform("tools?calls=3&parallel=0", "go", *turns))
        ids.append(call.id)
        turns += [
            Message("assistant", "", (call,)),
            Message("tool", "noon", tool_call_id=call.id),
        ]
    assert len(set(ids)) == 3
    beats = perform("tools?calls=3&parallel=0", "go", *turns)
    assert said(beats) == "Called clock 3 times."
    assert beats[-1] == Done("stop")


def test_so_many_tools_at_a_time_are_called():
    first = calls_in(perform("tools?calls=5&parallel=3&asks=new"))
    assert [call.raw for call in first] == [f'{{"expression": "{n} + 1"}}' for n in range(3)]
    turns = [Message("assistant", "", tuple(first))]
    turns += [Message("tool", "1", tool_call_id=call.id) for call in first]
    rest = calls_in(perform("tools?calls=5&parallel=3&asks=new", "go", *turns))
    assert [call.raw for call in rest] == [f'{{"expression": "{n} + 1"}}' for n in range(3, 5)]


@pytest.mark.parametrize(
    ("asks", "numbers"),
    [("same", [0, 0, 0, 0, 0]), ("two", [0, 1, 0, 1, 0]), ("poll", [0, 1, 0, 3, 0])],
)
def test_tools_may_be_asked_the_same_again(asks, numbers):
    calls = calls_in(perform(f"tools?calls=5&asks={asks}"))
    assert [call.raw for call in calls] == [f'{{"expression": "{n} + 1"}}' for n in numbers]


def test_tools_may_be_called_as_they_cannot_be():
    (call, _) = calls_in(perform("tools?calls=2&asks=wrong"))
    assert (call.name, call.raw) == ("calc", "{}")


def test_one_call_has_the_user_s_text_for_its_arguments():
    beats = perform("call?tool=http.get", '{"url": "https://example.com"}')
    call = tool_call("call_1", "http.get", '{"url": "https://example.com"}')
    assert beats[0] == call
    assert beats[-1] == Done("tool-calls")
    turns = (Message("assistant", "", (call,)), Message("tool", "refused", tool_call_id="call_1"))
    assert said(perform("call?tool=http.get", "{}", *turns)) == "The tool says: refused"


@pytest.mark.parametrize("error", FAILURES)
def test_a_failure_has_the_kind_of_its_name(error):
    request = ModelRequest("fail", (Message("user", "go"),))
    beats = []
    with pytest.raises(ProviderError, match=error) as caught:
        beats.extend(play(parse_script(f"fail?after=2&error={error}"), request))
    assert caught.value.outcome == error


def test_a_provider_that_was_unreachable_executed_nothing():
    with pytest.raises(ProviderError) as caught:
        perform("fail?after=0&error=unreachable")
    assert not caught.value.maybe_executed


def test_a_stall_is_a_pause_without_end():
    request = ModelRequest("stall", (Message("user", "go"),))
    beats = play(parse_script("stall?after=2"), request)
    assert [type(next(beats)) for _ in range(2)] == [TextDelta, TextDelta]
    assert next(beats) == Pause(math.inf)


def test_a_throttle_fails_at_once_with_its_wait():
    with pytest.raises(ProviderError) as caught:
        perform("throttle?retry_after=7")
    assert (caught.value.outcome, caught.value.retry_after_s) == ("throttled", 7.0)


def test_an_answer_keeps_to_its_bound():
    beats = perform("tokens?n=10&delay_ms=0", limit=4)
    assert beats[-2:] == [Usage(1, 4), Done("length")]


@pytest.mark.parametrize("model", ["demo", "echo", "tokens", "tools"])
def test_the_same_request_gives_the_same_answer(model):
    assert perform(model, "one two") == perform(model, "one two")
