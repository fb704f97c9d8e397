"""What the core adds to a model's answer: numbers, ids, how a step ends. Pure."""

from collections.abc import Mapping
from typing import Any

from runtime_app.events.event import Event
from runtime_app.fold.state import RunState
from runtime_app.ids import tool_call_id


def awaited(state: RunState) -> bool:
    """Whether a model call is under way, so that an answer has a place."""
    step = state.step
    return step is not None and not step.finished and step.failure is None


def determined(state: RunState, event: Event) -> Mapping[str, Any]:
    """The fields of an answer's event that follow from `state`, as they must be.

    Args:
        state: one that awaits an answer.
    """
    step, payload = state.step, event.payload
    assert step is not None
    fields = {"step": step.number, "attempt": step.attempt}
    known = {name: value for name, value in fields.items() if name in payload}
    if event.type == "tool.call":
        return known | {"tool_call_id": call_id(state, payload)}
    if event.type in ("model.call_finished", "step.finished") and step.calls:
        return known | {"finish_reason": "tool-calls"}
    return known


def call_id(state: RunState, call: Mapping[str, Any]) -> str:
    """The id of the step's next tool call."""
    step, given = state.step, call["input"]
    assert step is not None
    arguments = given if isinstance(given, dict) else {}
    return tool_call_id(state.run_id, step.number, len(step.calls), call["tool_name"], arguments)
