"""What a simulated step's tool calls are in the log."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Call
from runtime_app.fold.state import RunState
from runtime_app.ids import tool_call_id

if TYPE_CHECKING:
    from tests.runtime_app.executor.simulated_run import Answer


def called(run_id: str, action: Call) -> list[NewEvent]:
    """What `Asking.alone` gives of a call that can be made."""
    call, step = action.call, action.step
    payload = {
        "tool_call_id": tool_call_id(run_id, step, 0, call.name, call.arguments or {}),
        "tool_name": call.name,
        "input": call.arguments,
        "step": step,
    }
    end = {"step": step, "attempt": 1, "finish_reason": "tool-calls"}
    return [NewEvent("tool.call", payload), NewEvent("step.finished", end)]


def answered(
    run_id: str, begun: RunState, play: "Answer", parts: Iterable[NewEvent], at: dict[str, Any]
) -> list[NewEvent]:
    """The one batch that completes a step: parts, calls, receipt, end, refused calls' results."""
    calls, refusals = [], []
    for ordinal, possible in enumerate(play.calls):
        given = {} if play.again else {"step": at["step"]}
        call_id = tool_call_id(run_id, at["step"], ordinal, "calc", given)
        call = {"tool_call_id": call_id, "tool_name": "calc", "input": given, "step": at["step"]}
        calls.append(NewEvent("tool.call", call))
        if not possible or begun.usage.tool_calls + ordinal >= begun.caps.tool_calls:
            told = {"tool_call_id": call_id, "tool_name": "calc", "status": "failed", "error": "no"}
            wrong = {} if possible else {"invalid": True}
            refusals.append(NewEvent("tool.result", {**told, **wrong}))
    reason = "tool-calls" if calls else play.finish_reason
    usage = {"input_tokens": play.tokens, "output_tokens": play.tokens}
    receipt = {**at, "model": begun.model, "finish_reason": reason, "usage": usage}
    return [
        *parts,
        *calls,
        NewEvent("model.call_finished", receipt),
        NewEvent("step.finished", {**at, "finish_reason": reason}),
        *refusals,
    ]
