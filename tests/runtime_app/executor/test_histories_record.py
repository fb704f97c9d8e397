"""Whatever happens to a run: its log says each thing once, and folds the same every way."""

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from runtime_app.executor.actions import Park
from runtime_app.executor.retries import MAX_RETRIES
from runtime_app.fold.evolve import evolve, fold, preview, used
from runtime_app.fold.state import RunState
from tests.runtime_app.executor.histories import (
    GENEROUS,
    any_runs,
    many,
    modes,
    unlimited_runs,
    unlucky_rounds,
)
from tests.runtime_app.executor.simulated_run import (
    RUN_ID,
    Answer,
    Frame,
    Gone,
    SimulatedRun,
)

MESSAGE = Frame("user_message")
CALLING = Answer(calls=(True,))
#: An executor that goes once readers have seen something of its step.
SEEN = Gone(shown=True)


@many
@given(any_runs)
def test_nothing_is_done_twice_for_one_cause(run: SimulatedRun):
    run.settle()

    def once(event_type: str, *fields: str) -> None:
        found = Counter(tuple(p[field] for field in fields) for p in run.payloads(event_type))
        assert all(count == 1 for count in found.values()), (event_type, found)

    once("run.started")
    once("run.cap_exceeded")
    once("step.started", "step", "attempt")
    once("step.superseded", "step", "attempt")
    once("step.finished", "step")
    once("message.user", "frame_id")
    once("turn.started", "turn")
    once("turn.ended", "turn")
    once("tool.call", "tool_call_id")
    once("tool.result", "tool_call_id")
    once("text.started", "part_id")
    assert len(run.payloads("run.resumed")) <= len(run.payloads("run.executor_lost"))
    tries = Counter((p["step"], p["attempt"]) for p in run.payloads("model.call_started"))
    assert all(count <= 1 + MAX_RETRIES for count in tries.values())


@many
@given(any_runs)
def test_a_failed_call_is_answered_by_one_decision(run: SimulatedRun):
    run.settle()
    answered = Counter(
        decision.state.step
        for decision in run.decisions
        if decision.rule in ("model call may be tried again", "model call failed")
    )
    assert all(count == 1 for count in answered.values())


@many
@given(unlimited_runs)
@example(SimulatedRun().happen(MESSAGE).settle([SEEN, CALLING, SEEN]))
def test_every_message_on_screen_has_an_id_of_its_own(run: SimulatedRun):
    run.settle()
    shown_as = [
        payload["message_id"]
        for kind in ("run.started", "turn.started", "step.superseded")
        for payload in run.payloads(kind)
        if "message_id" in payload
    ]
    assert len(set(shown_as)) == len(shown_as), shown_as


@many
@given(any_runs)
def test_steps_and_attempts_are_numbered_without_a_gap(run: SimulatedRun):
    run.settle()
    step, attempt = 0, 0
    for payload in run.payloads("step.started"):
        following = {(step + 1, 1)} if step == 0 else {(step + 1, 1), (step, attempt + 1)}
        assert (payload["step"], payload["attempt"]) in following
        step, attempt = payload["step"], payload["attempt"]


@many
@given(any_runs, st.data())
def test_a_fold_may_be_cut_anywhere(run: SimulatedRun, data: st.DataObject):
    cut = data.draw(st.integers(0, len(run.log)))
    whole = fold(RunState(RUN_ID), run.log)
    assert fold(fold(RunState(RUN_ID), run.log[:cut]), run.log[cut:]) == whole


@many
@given(any_runs)
@example(SimulatedRun().happen(MESSAGE).settle([Answer((("text", "a"),) * 9)]))
def test_a_fold_does_not_need_deltas(run: SimulatedRun):
    last = run.log[-1]
    kept = [event for event in run.log if event is last or not event.type.endswith(".delta")]
    assert fold(RunState(RUN_ID), kept) == fold(RunState(RUN_ID), run.log)


@many
@given(any_runs)
def test_a_preview_says_what_the_log_will_say(run: SimulatedRun):
    for decision in run.decisions:
        if not isinstance(decision.action, Park):
            events, before = decision.action.events, decision.state
            after = fold(before, run.log[before.seq : before.seq + len(events)])
            assert timeless(preview(before, events)) == timeless(after)


@many
@given(modes, st.lists(unlucky_rounds, max_size=12))
def test_waiting_is_not_counted_as_active_time(mode, history):
    run = SimulatedRun(mode, GENEROUS).live(history)
    active_s = sum(
        (after.occurred_at - before.occurred_at).total_seconds()
        for before, after, state in zip(run.log, run.log[1:], prefixes(run), strict=False)
        if state.status == "running"
    )
    if run.state.status == "running":
        active_s += (run.now - run.log[-1].occurred_at).total_seconds()
    assert used(run.state, run.now).wall_clock_s == int(round(active_s, 6))


def prefixes(run: SimulatedRun) -> list[RunState]:
    """The state after each event."""
    states = [RunState(RUN_ID)]
    for event in run.log:
        states.append(evolve(states[-1], event))
    return states[1:]


def timeless(state: RunState) -> dict[str, Any]:
    """All of a state but its seq and what the clock has to do with."""
    inbox = tuple(replace(item, accepted_at=None) for item in state.inbox)
    step = None if state.step is None else replace(state.step, began_at=None)
    state = replace(state, inbox=inbox, step=step)
    clocked = ("seq", "last_at", "active")
    told = {each.name: getattr(state, each.name) for each in fields(state)}
    return {name: value for name, value in told.items() if name not in clocked}
