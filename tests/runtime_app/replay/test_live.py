"""A live replay: nothing when nothing has changed, and each change by what it means."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given, settings

from runtime_app.events.event import Event
from runtime_app.executor.prompt import PromptBuilder
from runtime_app.providers.prompt_budget import USUAL_BUDGETS
from runtime_app.replay.comparison import Comparison, Release
from runtime_app.replay.frozen import replay
from runtime_app.replay.live import compare
from runtime_app.runs.caps import Caps
from runtime_app.tools.adapters import calc
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool
from tests.runtime_app.executor.histories import any_runs, many
from tests.runtime_app.executor.simulated_run import (
    RUN_ID,
    Answer,
    Cancel,
    Fault,
    Frame,
    Gone,
    Requested,
    SimulatedRun,
)
from tests.support.sanitizer import SANITIZER

MESSAGE = Frame("user_message")
CALLING = Answer(calls=(True,))
some = settings(many, max_examples=40)


def no_arguments() -> Tool:
    """The simulated runs call `calc` with no arguments."""
    return replace(calc.TOOL, spec=replace(calc.TOOL.spec, parameters={"type": "object"}))


PROMPTS = PromptBuilder("Be brief.", USUAL_BUDGETS, SANITIZER)
RELEASE = Release("v2", Caps(), PROMPTS, Registry((no_arguments(),)))


def compared(log: list[Event], **changed: object) -> Comparison:
    return compare(RUN_ID, log, replace(RELEASE, **changed))


def told(comparison: Comparison) -> list[tuple[int, str, object, object]]:
    return [(d.seq, d.field, d.recorded, d.replayed) for d in comparison.differences]


@some
@given(any_runs)
@example(SimulatedRun().happen(MESSAGE).settle([Gone(shown=True), CALLING, Fault()]))
def test_a_release_that_decides_the_same_shows_no_difference(run: SimulatedRun):
    log = run.settle().log
    found = compared(log)
    assert told(found) == []
    assert found.recorded_end == found.replayed_end
    calls = [event for event in log if event.type == "model.call_started"]
    asked = [(prompt.step, prompt.attempt) for prompt in found.prompts]
    assert asked == [(call.payload["step"], call.payload["attempt"]) for call in calls]


def test_a_run_of_one_call_is_taken_through_as_any_other():
    run = SimulatedRun("tool").happen(Requested()).settle()
    assert run.payloads("run.finished")[0]["status"] == "completed"
    assert told(compared(run.log)) == []
    assert replay(RUN_ID, run.log).divergence is None
    call = next(event for event in run.log if event.type == "tool.call")
    found = told(compared(run.log, registry=Registry(())))
    assert found == [(call.seq, "tool calc", "called", "there is no tool 'calc'; available: none")]


def test_a_lower_cap_shows_where_the_run_would_end_and_how():
    run = SimulatedRun().happen(MESSAGE).settle([CALLING, CALLING])
    found = compared(run.log, caps=Caps(steps=1))
    second = [event.seq for event in run.log if event.type == "step.started"][1]
    assert told(found) == [
        (1, "caps.steps", 32, 1),
        (
            second,
            "decision",
            "step.started, model.call_started",
            "run.cap_exceeded, run.finished",
        ),
        (run.log[-1].seq, "end", "completed", "max_steps_exceeded"),
    ]
    assert [(prompt.step, prompt.attempt) for prompt in found.prompts] == [(1, 1)]


def test_a_cap_that_a_run_has_asked_for_is_not_raised():
    run = SimulatedRun(caps=Caps(steps=1)).happen(MESSAGE).settle([CALLING])
    assert run.payloads("run.finished")[0]["reason_class"] == "max_steps_exceeded"
    assert told(compared(run.log)) == []


def test_a_run_that_would_go_on_ends_for_want_of_an_answer():
    """As if a release before had ended the run early: history has no answer to the next call."""
    run = SimulatedRun().happen(MESSAGE).settle([CALLING])
    last = [event for event in run.log if event.type == "step.started"][1]
    early = [event for event in run.log if event.seq < last.seq]
    ended = replace(run.log[-1], seq=last.seq)
    found = compared([*early, ended])
    assert told(found) == [
        (last.seq, "decision", "run.finished", "step.started, model.call_started"),
        (last.seq, "end", "completed", "running"),
    ]


def test_a_decision_that_is_not_made_any_more_is_told_and_the_two_meet_again():
    run = SimulatedRun().happen(MESSAGE).settle([CALLING])
    second = [event for event in run.log if event.type == "step.started"][1]
    at = second.occurred_at - timedelta(microseconds=1)
    more = Event(second.seq, "run.resumed", 1, {"losses": 0, "code_version": "v1"}, at)
    before = [event for event in run.log if event.seq < second.seq]
    after = [replace(event, seq=event.seq + 1) for event in run.log if event.seq >= second.seq]
    assert told(compared([*before, more, *after])) == [
        (second.seq, "decision", "run.resumed", "step.started, model.call_started")
    ]


def test_a_tool_that_is_gone_shows_the_calls_that_would_be_refused():
    run = SimulatedRun().happen(MESSAGE).settle([CALLING])
    found = compared(run.log, registry=Registry(()))
    call = next(event for event in run.log if event.type == "tool.call")
    assert told(found) == [
        (call.seq, "tool calc", "called", "there is no tool 'calc'; available: none")
    ]


def test_another_system_prompt_changes_the_hash_of_every_prompt_and_no_decision():
    run = SimulatedRun().happen(MESSAGE).settle([CALLING])
    before, after = (
        compared(run.log),
        compared(run.log, prompts=replace(PROMPTS, system="Be verbose.")),
    )
    assert told(after) == []
    hashes = [{prompt.sha256 for prompt in found.prompts} for found in (before, after)]
    assert len(hashes[0]) == len(hashes[1]) == 2
    assert not hashes[0] & hashes[1]


def test_history_that_has_no_place_any_more_is_told_once():
    run = SimulatedRun("session").happen(MESSAGE).settle([CALLING])
    run.happen(MESSAGE).settle().happen(Cancel()).settle()
    found = compared(run.log, caps=Caps(steps=1))
    assert [difference.field for difference in found.differences] == [
        "caps.steps",
        "decision",
        "end",
    ]


def test_what_the_core_raises_is_a_difference():
    run = SimulatedRun().happen(MESSAGE).settle()
    broken = replace(run.log[1], payload={"frame_type": "user_message"})
    found = compared([run.log[0], broken, *run.log[2:]])
    assert told(found)[0][:3] == (2, "core", "went on")
    assert "KeyError" in str(found.differences[0].replayed)
