"""Native events as AI SDK UI message stream parts.

A table from event type to parts, each a pure function of one event; a type that is not in it is
internal and not sent. Source: the `uiMessageChunkSchema` of the npm package `ai`, whose own parser
the tests run over the golden files.
"""

from collections.abc import Callable, Mapping
from typing import Any

from runtime_app.events.event import Event

Part = dict[str, Any]
Payload = Mapping[str, Any]

# The parser refuses a part, and its client the whole stream, over any other.
_FINISH_REASONS = frozenset({"stop", "length", "content-filter", "tool-calls", "error", "other"})

_LET_BE = frozenset({"allowed", "needs_approval"})
#: Of a decision; what it was decided on is the operators'.
_SHOWN = frozenset(
    {
        *("decision_id", "about", "decision", "reason_code"),
        *("call_id", "authorization_id", "unit", "epoch"),
    }
)


def parts(run_id: str, event: Event) -> list[Part]:
    """The parts that a reader gets for `event`, in order; none for an internal one."""
    rule = _RULES.get(event.type)
    return [] if rule is None else rule(run_id, event.payload)


def _start(_run_id: str, payload: Payload) -> list[Part]:
    return [{"type": "start", "messageId": payload["message_id"]}]


def _superseded(_run_id: str, payload: Payload) -> list[Part]:
    """A new message id makes a stock client drop what the crashed attempt had shown."""
    data = {"step": payload["step"], "attempt": payload["attempt"]}
    sent: list[Part] = [{"type": "data-step-superseded", "data": data, "transient": True}]
    if "message_id" in payload:
        sent += _start(_run_id, payload)
    return sent


def _bare(part_type: str) -> Callable[[str, Payload], list[Part]]:
    return lambda _run_id, _payload: [{"type": part_type}]


def _of_part(part_type: str, *, delta: bool = False) -> Callable[[str, Payload], list[Part]]:
    def rule(_run_id: str, payload: Payload) -> list[Part]:
        part: Part = {"type": part_type, "id": payload["part_id"]}
        if delta:
            part["delta"] = payload["delta"]
        return [part]

    return rule


def _tool_call(_run_id: str, payload: Payload) -> list[Part]:
    """A stock client answers what nobody else does: a call that is not `providerExecuted`."""
    part = {
        "type": "tool-input-available",
        "toolCallId": payload["tool_call_id"],
        "toolName": payload["tool_name"],
        "input": payload["input"],
    }
    return [part if payload.get("client") else part | {"providerExecuted": True}]


def _tool_progress(_run_id: str, payload: Payload) -> list[Part]:
    return [
        {
            "type": "data-tool-progress",
            "id": payload["tool_call_id"],
            "data": payload["data"],
            "transient": True,
        }
    ]


def _tool_result(_run_id: str, payload: Payload) -> list[Part]:
    call_id = payload["tool_call_id"]
    status = payload["status"]
    if status == "succeeded":
        output = payload.get("output")
        return [{"type": "tool-output-available", "toolCallId": call_id, "output": output}]
    if status == "denied":
        return [{"type": "tool-output-denied", "toolCallId": call_id}]
    error = payload.get("error") or f"the tool call was {status}"
    return [{"type": "tool-output-error", "toolCallId": call_id, "errorText": error}]


def _limit(_run_id: str, payload: Payload) -> list[Part]:
    return [{"type": "data-run-limit", "data": dict(payload)}]


def _fallback(_run_id: str, payload: Payload) -> list[Part]:
    return [{"type": "data-provider-fallback", "data": dict(payload)}]


def _policy(_run_id: str, payload: Payload) -> list[Part]:
    """A decision for what was asked shows in what follows, and so does a question to a person."""
    if payload["decision"] in _LET_BE:
        return []
    return [{"type": "data-policy", "data": {k: v for k, v in payload.items() if k in _SHOWN}}]


def _turn_ended(run_id: str, payload: Payload) -> list[Part]:
    return [_finish(run_id, payload["finish_reason"], payload["usage"])]


def _finished(run_id: str, payload: Payload) -> list[Part]:
    if payload["status"] == "canceled":
        return [{"type": "abort", "reason": payload.get("reason") or payload["reason_class"]}]
    finish = _finish(run_id, payload["finish_reason"], payload["usage"])
    if payload["status"] == "failed":
        error = payload.get("reason") or payload["reason_class"]
        return [{"type": "error", "errorText": error}, finish]
    return [finish]


def _finish(run_id: str, reason: str, usage: Mapping[str, Any]) -> Part:
    known = reason if reason in _FINISH_REASONS else "other"
    metadata = {"runId": run_id, "usage": dict(usage)}
    return {"type": "finish", "finishReason": known, "messageMetadata": metadata}


_RULES: Mapping[str, Callable[[str, Payload], list[Part]]] = {
    "run.started": _start,
    "turn.started": _start,
    "turn.ended": _turn_ended,
    "step.started": _bare("start-step"),
    "step.finished": _bare("finish-step"),
    "step.superseded": _superseded,
    "text.started": _of_part("text-start"),
    "text.delta": _of_part("text-delta", delta=True),
    "text.ended": _of_part("text-end"),
    "reasoning.started": _of_part("reasoning-start"),
    "reasoning.delta": _of_part("reasoning-delta", delta=True),
    "reasoning.ended": _of_part("reasoning-end"),
    "tool.call": _tool_call,
    "tool.progress": _tool_progress,
    "tool.result": _tool_result,
    "run.cap_exceeded": _limit,
    "run.loop_detected": _limit,
    "policy.decision": _policy,
    "policy.budget_exhausted": _policy,
    "provider.fallback": _fallback,
    "run.finished": _finished,
}

#: Types that are sent, for the docs and the totality test.
MAPPED = frozenset(_RULES)
