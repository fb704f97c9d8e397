"""The fold, event by event."""

from datetime import timedelta

import pytest

from runtime_app.events.event import Event
from runtime_app.fold.evolve import evolve, fold, used
from runtime_app.fold.known import LaterEvent
from runtime_app.fold.state import Failure, Input, RunState
from runtime_app.providers.provider import Message, ToolCall
from runtime_app.runs.caps import Caps
from runtime_app.state_machine import IllegalTransition
from tests.runtime_app.executor.simulated_run import BEGAN
from tests.runtime_app.executor.test_histories_record import timeless

MODEL = "scripted/demo"
ACCEPTED = ("run.accepted", {"thread_id": "t", "mode": "turn", "model": MODEL, "caps": {}})
STARTED = ("run.started", {"message_id": "m", "code_version": "v"})
SAID = ("message.user", {"frame_id": "f", "turn": 1, "text": "hi"})
STEP = ("step.started", {"step": 1, "attempt": 1, "turn": 1, "code_version": "v"})
CALL = ("model.call_started", {"step": 1, "attempt": 1, "model": MODEL})
IN_STEP = (ACCEPTED, STARTED, SAID, STEP, CALL)
FINISHED = ("step.finished", {"step": 1, "attempt": 1, "finish_reason": "stop"})
TOOL = ("tool.call", {"tool_call_id": "c1", "tool_name": "calc", "input": {"b": 1, "a": 2}})
TOLD = {"tool_call_id": "c1", "tool_name": "calc"}
RESULT = ("tool.result", {**TOLD, "status": "succeeded", "output": {"b": 1, "a": 2}})
LOST = ("run.executor_lost", {"epoch": 1, "owner": "w"})
CANCEL = ("run.cancel_requested", {})


def frame(frame_type: str, payload: dict, frame_id: str = "f") -> tuple[str, dict]:
    return (
        "frame.accepted",
        {"frame_id": frame_id, "frame_type": frame_type, "payload": payload},
    )


def text(ordinal: int, words: str) -> tuple[tuple[str, dict], ...]:
    part = {"part_id": f"p{ordinal}"}
    return (
        ("text.started", {**part, "step": 1}),
        ("text.delta", {**part, "delta": words}),
        ("text.ended", {**part, "text": words}),
    )


def after(*events: tuple[str, dict], each_s: float = 1) -> RunState:
    """The state after events that come `each_s` apart."""
    stored = (
        Event(n, event_type, 1, payload, BEGAN + timedelta(seconds=(n - 1) * each_s))
        for n, (event_type, payload) in enumerate(events, 1)
    )
    return fold(RunState("r"), stored)


def test_an_accepted_run_knows_its_mode_model_caps_and_policy():
    state = after(
        (
            "run.accepted",
            {
                "thread_id": "t",
                "mode": "session",
                "model": "openai/x",
                "caps": {"steps": 3, "of_another_release": 1},
                "tool_policy": {"allow": ["calc"]},
            },
        )
    )
    assert (state.mode, state.model, state.status) == ("session", "openai/x", "accepted")
    assert state.caps == Caps(steps=3)
    assert state.tool_policy == {"allow": ["calc"]}


def test_a_message_waits_in_the_inbox_until_it_is_taken():
    waiting = after(ACCEPTED, frame("user_message", {"text": "hi"}))
    assert waiting.inbox == (Input("f", "user_message", "hi", accepted_at=waiting.last_at),)
    assert waiting.messages == ()
    taken = after(ACCEPTED, frame("user_message", {"text": "hi"}), STARTED, SAID)
    assert taken.inbox == ()
    assert taken.messages == (Message("user", "hi"),)
    assert (taken.status, taken.turn, taken.turn_open) == ("running", 1, True)


def test_context_is_a_note_to_the_model_in_canonical_json():
    state = after(ACCEPTED, frame("context", {"b": 1, "a": {}}))
    assert state.messages == (Message("system", 'Context: {"a":{},"b":1}'),)
    assert state.inbox == ()


def test_a_cancel_frame_itself_changes_nothing():
    before = after(ACCEPTED)
    assert timeless(after(ACCEPTED, frame("cancel", {}))) == timeless(before)


@pytest.mark.parametrize("event_type", ["text.delta", "tool.progress", "run.cap_exceeded"])
def test_what_means_nothing_to_the_fold_only_moves_seq_and_time(event_type):
    before = after(*IN_STEP)
    at = BEGAN + timedelta(seconds=5)
    state = evolve(before, Event(6, event_type, 1, {}, at))
    assert timeless(state) == timeless(before)
    assert (state.seq, state.last_at) == (6, at)


@pytest.mark.parametrize(("event_type", "version"), [("of.another.release", 1), ("text.delta", 2)])
def test_what_only_a_later_release_knows_is_not_folded(event_type: str, version: int) -> None:
    event = Event(6, event_type, version, {}, BEGAN + timedelta(seconds=5))
    with pytest.raises(LaterEvent, match=f"event 6 is '{event_type}' in version {version}, and"):
        evolve(after(*IN_STEP), event)


def test_an_event_of_an_earlier_version_is_folded() -> None:
    state = evolve(after(*IN_STEP), Event(6, "text.delta", 0, {}, BEGAN))
    assert state.seq == 6


def test_the_answer_of_a_step_is_its_text_parts_one_paragraph_each():
    state = after(*IN_STEP, *text(1, "one"), *text(2, "two"), FINISHED)
    assert state.messages[-1] == Message("assistant", "one\n\ntwo")
    assert state.step is not None
    assert (state.step.finished, state.step.finish_reason) == (True, "stop")


def test_a_superseded_attempt_leaves_nothing_but_its_number():
    superseded = ("step.superseded", {"step": 1, "attempt": 1, "shown": True, "message_id": "m2"})
    state = after(*IN_STEP, *text(1, "torn"), superseded)
    assert state.step is not None
    assert (state.step.number, state.step.attempt, state.step.finish_reason) == (1, 1, "superseded")
    assert (state.step.texts, state.step.shown) == ((), False)
    again = after(*IN_STEP, *text(1, "torn"), superseded, STEP, CALL, *text(2, "whole"), FINISHED)
    assert again.messages[-1] == Message("assistant", "whole")


@pytest.mark.parametrize("kind", ["text", "reasoning"])
def test_a_step_has_been_seen_once_a_part_has_begun(kind):
    assert after(*IN_STEP).step.shown is False
    assert after(*IN_STEP, (f"{kind}.started", {"part_id": "p", "step": 1})).step.shown is True


def test_a_failed_call_is_kept_until_the_next_try():
    failed = {"step": 1, "attempt": 1, "model": MODEL, "kind": "k", "message": "m"}
    first = ("model.call_failed", {**failed, "retryable": True, "retry_after_s": 2})
    state = after(*IN_STEP, first)
    assert state.step.failure == Failure("k", "m", True, 2)
    assert state.step.failures == 1
    retried = after(*IN_STEP, first, CALL)
    assert (retried.step.failure, retried.step.failures) == (None, 1)


def test_a_tool_call_is_open_until_its_result_comes():
    open_call = after(*IN_STEP, TOOL, FINISHED)
    call = ToolCall("c1", "calc", {"b": 1, "a": 2}, '{"a":2,"b":1}')
    assert open_call.open_tools == ("c1",)
    assert open_call.messages[-1] == Message("assistant", "", (call,))
    assert open_call.status == "waiting_tool"
    done = after(*IN_STEP, TOOL, FINISHED, RESULT)
    assert done.open_tools == ()
    assert done.messages[-1] == Message("tool", '{"a":2,"b":1}', tool_call_id="c1")
    assert done.status == "running"


def test_a_run_waits_for_the_last_of_its_tools():
    other = ("tool.call", {**TOOL[1], "tool_call_id": "c2"})
    state = after(*IN_STEP, TOOL, other, FINISHED, RESULT)
    assert (state.status, state.open_tools) == ("waiting_tool", ("c2",))


def test_a_failed_tool_tells_the_model_why():
    failed = ("tool.result", {**TOLD, "status": "failed", "error": "division by zero"})
    message = after(*IN_STEP, TOOL, FINISHED, failed).messages[-1]
    assert message == Message("tool", "error: division by zero", tool_call_id="c1")


def test_a_second_result_changes_nothing():
    once = after(*IN_STEP, TOOL, FINISHED, RESULT)
    twice = after(*IN_STEP, TOOL, FINISHED, RESULT, RESULT)
    assert (twice.messages, twice.status) == (once.messages, once.status)


def test_arguments_that_are_no_object_are_kept_as_the_model_wrote_them():
    torn = ("tool.call", {**TOOL[1], "input": '{"a": '})
    assert after(*IN_STEP, torn).step.calls == (ToolCall("c1", "calc", None, '{"a": '),)


def test_usage_counts_steps_calls_tokens_and_tools():
    receipt = {"finish_reason": "stop", "usage": {"input_tokens": 3, "output_tokens": 4}}
    finished = ("model.call_finished", {"step": 1, "attempt": 1, "model": MODEL, **receipt})
    silent = ("model.call_finished", {**finished[1], "usage": {}})
    usage = after(*IN_STEP, TOOL, finished, silent, FINISHED).usage
    assert (usage.steps, usage.model_calls, usage.tool_calls) == (1, 1, 1)
    assert (usage.input_tokens, usage.output_tokens, usage.tokens) == (3, 4, 7)


@pytest.mark.parametrize(
    "progress", [(FINISHED,), (TOOL, FINISHED, RESULT), (frame("context", {}),)]
)
def test_progress_forgets_losses(progress):
    lost = after(*IN_STEP, LOST, LOST)
    assert (lost.losses, lost.lost) == (2, True)
    assert after(*IN_STEP, LOST, LOST, *progress).losses == 0


def test_a_takeover_forgets_that_the_run_was_lost_but_not_how_often():
    resumed = ("run.resumed", {"losses": 1, "code_version": "v"})
    state = after(*IN_STEP, LOST, resumed)
    assert (state.lost, state.losses) == (False, 1)


def test_a_run_that_is_being_cancelled_moves_nowhere_else():
    state = after(*IN_STEP, TOOL, FINISHED, CANCEL, RESULT)
    assert (state.status, state.cancel_requested) == ("canceling", True)


def test_a_turn_that_ends_waits_for_input_and_the_next_one_resumes():
    ended = ("turn.ended", {"turn": 1, "finish_reason": "stop", "usage": {}})
    waiting = after(*IN_STEP, FINISHED, ended)
    assert (waiting.status, waiting.turn_open) == ("waiting_input", False)
    begun = after(*IN_STEP, FINISHED, ended, ("turn.started", {"turn": 2, "message_id": "m2"}))
    assert begun.status == "running"


def test_a_move_that_the_table_lacks_is_refused():
    with pytest.raises(IllegalTransition, match="'start' is not possible in 'running'"):
        after(ACCEPTED, STARTED, STARTED)


def test_only_running_time_is_used_up():
    state = after(*IN_STEP, TOOL, FINISHED, each_s=10)
    later = BEGAN + timedelta(hours=1)
    # Accepted at 0 s, running from 10 s on, waiting for the tool from 60 s on.
    assert used(state, later).wall_clock_s == 50
    running = after(*IN_STEP, each_s=10)
    assert used(running, later).wall_clock_s == 3600 - 10


def test_a_clock_that_goes_back_takes_nothing_away():
    state = after(*IN_STEP, each_s=10)
    earlier = Event(6, *TOOL[:1], 1, TOOL[1], BEGAN)
    assert used(evolve(state, earlier), BEGAN).wall_clock_s == used(state, BEGAN).wall_clock_s == 30
