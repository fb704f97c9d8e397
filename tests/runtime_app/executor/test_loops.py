"""What counts as going round in circles, and what does not."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.executor.loops import PATTERNS, Loop, critical, rounds, warning
from runtime_app.fold.state import RunState
from runtime_app.providers.provider import Message, ToolCall
from tests.runtime_app.executor.histories import GENEROUS, many
from tests.runtime_app.executor.simulated_run import Answer, Frame, SimulatedRun

#: A step: its calls as (arguments, result).
Step = tuple[tuple[str, str], ...]

A, B = (("a", "1"),), (("b", "1"),)
WARNING = {pattern.name: pattern.warning for pattern in PATTERNS}
CRITICAL = {pattern.name: pattern.critical for pattern in PATTERNS}


def turn(steps: Iterable[Step], invalid: int = 0) -> RunState:
    """A turn of such steps; the calls of the last `invalid` ones could not be made."""
    messages = [Message("user", "go on")]
    wrong: list[str] = []
    taken = list(steps)
    for number, step in enumerate(taken):
        calls = tuple(ToolCall(f"{number}.{n}", "t", {}, raw) for n, (raw, _) in enumerate(step))
        messages.append(Message("assistant", "", calls))
        for call, (_, result) in zip(calls, step, strict=True):
            messages.append(Message("tool", result, tool_call_id=call.id))
        if number >= len(taken) - invalid:
            wrong += [call.id for call in calls]
    return RunState("r", messages=tuple(messages), invalid_calls=tuple(wrong))


def different(count: int, first: int = 0) -> list[Step]:
    """Steps each of which asks for something new."""
    return [((f"new {n}", "1"),) for n in range(first, first + count)]


def polled(times: int) -> list[Step]:
    """One call so many times with the same answer, and something new after each but the last."""
    pairs = zip([A] * times, different(times), strict=True)
    return [step for pair in pairs for step in pair][:-1]


CIRCLES = {
    "invalid_calls": lambda times: turn(different(times), invalid=times),
    "repeat": lambda times: turn([*different(3), *[A] * times]),
    "ping_pong": lambda times: turn([*different(3), *islice(cycle((A, B)), times)]),
    "polling": lambda times: turn(polled(times)),
}


def test_every_pattern_has_its_circle():
    assert list(CIRCLES) == [pattern.name for pattern in PATTERNS]


@pytest.mark.parametrize("pattern", CIRCLES)
def test_a_pattern_is_told_from_its_threshold_on_and_not_before(pattern: str):
    at = WARNING[pattern]
    assert warning(CIRCLES[pattern](at - 1)) is None
    assert warning(CIRCLES[pattern](at)) == Loop(pattern, at, ("t",))


@pytest.mark.parametrize("pattern", CIRCLES)
def test_a_pattern_ends_the_run_from_its_other_threshold_on_and_not_before(pattern: str):
    at = CRITICAL[pattern]
    assert critical(CIRCLES[pattern](at - 1)) is None
    assert critical(CIRCLES[pattern](at)) == Loop(pattern, at, ("t",))


@pytest.mark.parametrize("count", [40, 90])
def test_different_calls_are_healthy_however_many(count: int):
    state = turn(different(count))
    assert (warning(state), critical(state)) == (None, None)
    run = SimulatedRun(caps=replace(GENEROUS, steps=100)).happen(Frame("user_message"))
    run.settle([Answer(calls=(True,))] * count, within=5 * count)
    assert len(run.payloads("tool.call")) == count
    assert not run.payloads("run.loop_detected")


def test_a_result_that_changes_is_progress():
    polls = [(("a", f"{n} %"),) for n in range(40)]
    assert warning(turn(polls)) is None
    assert warning(turn([*polled(7), (("a", "done"),), A])) is None


def test_the_same_call_many_times_in_one_step_is_asked_for_once():
    assert warning(turn([(("a", "1"),) * 90])) is None


def test_the_order_of_the_calls_in_a_step_does_not_matter():
    ab, ba = (*A, *B), (*B, *A)
    assert warning(turn([ab, ba, ab, ba])) == Loop("repeat", 4, ("t",))


def test_what_was_asked_for_in_an_earlier_turn_does_not_count():
    before = turn([A] * 3).messages
    state = RunState("r", messages=(*before, *turn([A] * 3).messages))
    assert warning(state) is None
    assert len(rounds(state.messages)) == 3


def test_each_pattern_is_told_once_a_turn():
    run = SimulatedRun("session", GENEROUS).happen(Frame("user_message"))
    run.settle([Answer(calls=(True,), again=True)] * 6)
    assert [told["pattern"] for told in run.payloads("run.loop_detected")] == ["repeat"]
    run.happen(Frame("user_message")).settle([Answer(calls=(True,), again=True)] * 6)
    assert [told["pattern"] for told in run.payloads("run.loop_detected")] == ["repeat"] * 2


def test_a_circle_ends_the_run_with_its_reason():
    run = SimulatedRun(caps=GENEROUS).happen(Frame("user_message"))
    run.settle([Answer(calls=(True,), again=True)] * 40)
    told, finished = (event.payload for event in run.log[-2:])
    assert told == {
        "level": "critical",
        "pattern": "repeat",
        "times": 8,
        "tools": ["calc"],
        "step": 8,
    }
    assert (finished["status"], finished["reason_class"]) == ("failed", "loop_detected")
    assert finished["reason"] == "the run goes round in circles: repeat of calc, 8 times"


def test_a_model_that_gets_its_calls_wrong_is_told_so_three_times():
    run = SimulatedRun(caps=GENEROUS).happen(Frame("user_message"))
    run.settle([Answer(calls=(False, False))] * 40)
    assert len(run.payloads("step.started")) == 4
    assert [told["level"] for told in run.payloads("run.loop_detected")] == ["warning", "critical"]


@many
@given(st.lists(st.sampled_from((A, B, (*A, *B), (("a", "2"),))), max_size=40))
def test_whoever_is_ended_was_warned_before(steps: list[Step]):
    """A run takes one step after the other, so it meets the warning first."""
    for length in range(len(steps) + 1):
        state = turn(steps[:length])
        found = critical(state)
        if found is not None:
            assert any(
                told is not None and told.pattern == found.pattern
                for told in map(warning, (turn(steps[:n]) for n in range(length)))
            )
            return
