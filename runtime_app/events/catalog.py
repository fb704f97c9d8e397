"""The event catalogue: one row per type. `docs/EVENTS.md` is printed from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runtime_app.dispatch.jobs import ExecuteTool, Job, ProjectRun, StepRun
from runtime_app.sanitizer import Format, Structure


class Retention(StrEnum):
    """How long a payload is kept; rows and hashes are kept for good."""

    CONTROL = "control"  # kept
    RECEIPT = "receipt"  # kept
    MESSAGE = "message"  # kept
    DELTA = "delta"  # readers only; may be pruned once the completed part is stored
    PROGRESS = "progress"  # readers only; pruned after a day


#: What a log may be without: payloads of these classes go some time after their run's end.
READERS_ONLY = frozenset({Retention.DELTA, Retention.PROGRESS})

_FORMATS: Mapping[str, Format] = {"id": Format.ID, "enum": Format.ENUM, "time": Format.TIME}


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One row of the catalogue.

    Args:
        retention: the retention class.
        writer: who appends it.
        fields: payload field -> kind (`id enum time text int bool object list any`); a trailing
            `?` marks an optional field. What is `id`, `enum` or `time` and looks like one is
            structural: the sanitizer leaves it alone.
        wakes: the jobs that it asks for.
        version: of the payload's shape.
    """

    retention: Retention
    writer: str
    fields: Mapping[str, str]
    wakes: tuple[type[Job], ...] = ()
    version: int = 1
    required: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    structure: Structure = field(default_factory=lambda: Structure({}))

    def __post_init__(self) -> None:
        names = {name: kind.endswith("?") for name, kind in self.fields.items()}
        required = frozenset(name for name, optional in names.items() if not optional)
        object.__setattr__(self, "required", required)
        object.__setattr__(self, "allowed", frozenset(names))
        marks = {name: _FORMATS.get(kind.rstrip("?")) for name, kind in self.fields.items()}
        structural = {name: mark for name, mark in marks.items() if mark is not None}
        object.__setattr__(self, "structure", Structure(structural))


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
        wakes=(ProjectRun,),
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
        wakes=(ProjectRun,),
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
    "policy.decision": EventSpec(
        _RECEIPT,
        "executor",
        {"decision_id": "id", "about": "enum", "decision": "enum", "reason_code": "enum"},
    ),
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
}
