"""What can be true of a run, as far as rules ask: pure."""

from datetime import datetime

from runtime_app.fold.evolve import used
from runtime_app.fold.state import Failure, RunState
from runtime_app.providers.outcome import Outcome
from runtime_app.runs.caps import Breach, breach


def failure(state: RunState) -> Failure | None:
    """The failed model call that nothing has been decided about yet."""
    return None if state.step is None else state.step.failure


def ran_out(state: RunState) -> bool:
    """Whether a model call was ended by us: the run has no time left for it."""
    failed = failure(state)
    return failed is not None and failed.kind == Outcome.CANCELED


def torn(state: RunState) -> bool:
    """Whether a step has begun whose executor is gone."""
    return state.step is not None and not state.step.finished and state.step.failure is None


def resting(state: RunState) -> bool:
    """Whether nothing is under way: no step has begun that has not come to its end."""
    return state.ended or not (torn(state) or failure(state) is not None or state.open_tools)


def wants_step(state: RunState) -> bool:
    """Whether the open turn needs another model call."""
    if not state.turn_open or state.step is None:
        return state.turn_open
    step = state.step
    return bool(step.calls) or step.finish_reason in ("superseded", "answered")


def answered(state: RunState) -> bool:
    """Whether the open turn has all that it wanted."""
    return state.turn_open and not wants_step(state)


def called(state: RunState) -> bool:
    """Whether the run was for one tool call, and has made it."""
    return state.mode == "tool" and state.step is not None


def next_is(state: RunState, frame_type: str) -> bool:
    """Whether the oldest input that waits is of that type."""
    return bool(state.inbox) and state.inbox[0].frame_type == frame_type


def wants_model(state: RunState) -> bool:
    """Whether the next thing to do is a new model call."""
    return wants_step(state) or (not state.turn_open and next_is(state, "user_message"))


def broken(state: RunState, now: datetime) -> Breach | None:
    """The cap that forbids a model call now; a step that is taken again is no new step."""
    step = state.step
    again = step is not None and (step.failure is not None or step.finish_reason == "superseded")
    return breach(used(state, now), state.caps, new_step=not again)


def over(state: RunState) -> bool:
    """Whether an answered turn is the run's last."""
    return next_is(state, "complete") or (state.mode == "turn" and not state.inbox)
