"""The event catalogue: one row per type. `docs/EVENTS.md` is printed from it."""

from collections.abc import Mapping

from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.events.money import MONEY
from runtime_app.events.spec import READERS_ONLY, EventSpec, Retention

__all__ = ["CATALOG", "READERS_ONLY", "EventSpec", "Retention"]

_CONTROL, _RECEIPT, _MESSAGE = Retention.CONTROL, Retention.RECEIPT, Retention.MESSAGE
_DELTA, _PROGRESS = Retention.DELTA, Retention.PROGRESS

CATALOG: Mapping[str, EventSpec] = {
    # -- the run ---------------------------------------------------------------------------------
    "run.accepted": EventSpec(
        _CONTROL,
        "start route",
        {
            "thread_id": "id",
            "mode": "enum",
            "model": "text",
            "caps": "object",
            "tool_policy": "object?",
            "client_tools": "list?",
            "provider_policy": "object?",
            "metadata": "object?",
            "parent_run_id": "id?",
            "parent_seq": "int?",
            "parent_hash": "id?",
        },
    ),
    "run.forked": EventSpec(
        _MESSAGE, "fork route", {"messages": "list", "open": "bool"}, wakes=(StepRun,)
    ),
    "run.started": EventSpec(_CONTROL, "executor", {"message_id": "id", "code_version": "text"}),
    "run.resumed": EventSpec(_CONTROL, "executor", {"losses": "int", "code_version": "text"}),
    "run.executor_lost": EventSpec(
        _CONTROL, "janitor", {"epoch": "int", "owner": "text"}, wakes=(StepRun,)
    ),
    "run.cancel_requested": EventSpec(
        _CONTROL,
        "cancel route",
        {"reason": "text?", "by": "enum?", "interrupted_by": "id?"},
        wakes=(StepRun,),
    ),
    "run.cap_exceeded": EventSpec(
        _CONTROL, "executor", {"cap": "enum", "limit": "int", "used": "int"}
    ),
    "run.loop_detected": EventSpec(
        _CONTROL,
        "executor",
        {"level": "enum", "pattern": "enum", "times": "int", "tools": "list", "step": "int"},
    ),
    "run.finished": EventSpec(
        _CONTROL,
        "executor",
        {
            "status": "enum",
            "reason_class": "enum",
            "reason": "text?",
            "reason_code": "enum?",
            "finish_reason": "enum",
            "usage": "object",
            "interrupted_by": "id?",
        },
    ),
    "integrity.mismatch": EventSpec(_CONTROL, "integrity sweep", {"seq": "int", "reason": "text"}),
    # -- input -----------------------------------------------------------------------------------
    "frame.accepted": EventSpec(
        _MESSAGE,
        "frames route",
        {"frame_id": "id", "frame_type": "enum", "payload": "object", "occurred_at": "time?"},
        wakes=(StepRun,),
    ),
    "message.user": EventSpec(
        _MESSAGE, "executor", {"frame_id": "id", "turn": "int", "text": "text"}
    ),
    "turn.started": EventSpec(_CONTROL, "executor", {"turn": "int", "message_id": "id"}),
    "turn.ended": EventSpec(
        _CONTROL,
        "executor",
        {"turn": "int", "finish_reason": "enum", "usage": "object"},
    ),
    # -- steps and model calls -------------------------------------------------------------------
    "step.started": EventSpec(
        _CONTROL,
        "executor",
        {"step": "int", "attempt": "int", "turn": "int", "code_version": "text"},
    ),
    "step.superseded": EventSpec(
        _CONTROL,
        "executor",
        {"step": "int", "attempt": "int", "shown": "bool", "message_id": "id?"},
    ),
    "step.finished": EventSpec(
        _CONTROL, "executor", {"step": "int", "attempt": "int", "finish_reason": "enum"}
    ),
    "model.call_started": EventSpec(
        _RECEIPT, "executor", {"step": "int", "attempt": "int", "model": "text"}
    ),
    "model.call_finished": EventSpec(
        _RECEIPT,
        "executor",
        {
            "step": "int",
            "attempt": "int",
            "model": "text",
            "finish_reason": "enum",
            "usage": "object",
            "provider": "object?",
            "trace_id": "id?",
        },
    ),
    "model.call_failed": EventSpec(
        _RECEIPT,
        "executor",
        {
            "step": "int",
            "attempt": "int",
            "model": "text",
            "kind": "enum",
            "message": "text",
            "retryable": "bool",
            "retry_after_s": "any?",
            "reason_code": "enum?",
            "provider": "object?",
            "trace_id": "id?",
        },
    ),
    # -- providers -------------------------------------------------------------------------------
    "provider.fallback": EventSpec(
        _RECEIPT,
        "executor",
        {
            "from": "text",
            "to": "text",
            "op": "enum",
            "outcome": "enum",
            "executed": "enum",
            "breaker_state": "enum",
            "generation": "int",
            "attempt": "int",
            "hop": "int",
            "policy_decision_id": "id",
        },
    ),
    "provider.breaker_changed": EventSpec(
        _CONTROL,
        "executor",
        {
            "key": "text",
            "from": "enum",
            "to": "enum",
            "generation": "int",
            "rule": "enum",
            "window": "object",
            "open_until": "time?",
        },
    ),
    # -- output ----------------------------------------------------------------------------------
    "text.started": EventSpec(_MESSAGE, "executor", {"part_id": "id", "step": "int"}),
    "text.delta": EventSpec(_DELTA, "executor", {"part_id": "id", "delta": "text"}),
    "text.ended": EventSpec(
        _MESSAGE, "executor", {"part_id": "id", "text": "text", "made_safe": "bool?"}
    ),
    "reasoning.started": EventSpec(_MESSAGE, "executor", {"part_id": "id", "step": "int"}),
    "reasoning.delta": EventSpec(_DELTA, "executor", {"part_id": "id", "delta": "text"}),
    "reasoning.ended": EventSpec(
        _MESSAGE, "executor", {"part_id": "id", "text": "text", "made_safe": "bool?"}
    ),
    # -- tools -----------------------------------------------------------------------------------
    "tool.requested": EventSpec(
        _RECEIPT, "tools route", {"tool_name": "text", "input": "object"}, wakes=(StepRun,)
    ),
    "tool.call": EventSpec(
        _RECEIPT,
        "executor",
        {
            "tool_call_id": "id",
            "tool_name": "text",
            "input": "any",
            "step": "int",
            "client": "bool?",
            "timeout_s": "int?",
            "made_safe": "bool?",
            "trace_id": "id?",
        },
        wakes=(ExecuteTool,),
    ),
    "tool.progress": EventSpec(_PROGRESS, "tool runner", {"tool_call_id": "id", "data": "any"}),
    "tool.result": EventSpec(
        _RECEIPT,
        "tool runner",
        {
            "tool_call_id": "id",
            "tool_name": "text",
            "status": "enum",
            "output": "any?",
            "error": "text?",
            "invalid": "bool?",
            "made_safe": "bool?",
            "trace_id": "id?",
        },
        wakes=(StepRun,),
    ),
    # -- money and policy ------------------------------------------------------------------------
    **MONEY,
}
