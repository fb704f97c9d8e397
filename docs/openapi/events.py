"""The payload of every event type as JSON Schema, printed from the event catalogue."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from docs.openapi.refs import camel, schema_ref
from runtime_app.events.catalog import CATALOG
from runtime_app.frames.frame import FRAME_TYPES
from runtime_app.providers.outcome import FAILURES
from runtime_app.providers.provider import Usage as CallUsage
from runtime_app.runs.caps import Caps, Usage
from runtime_app.runs.status import RUN, ReasonClass
from web.schemas.meaning import IDENTIFIER_PATTERN
from web.schemas.runs import MODES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: What the kinds of the catalogue mean.
_KINDS: Mapping[str, dict[str, Any]] = {
    "id": {"type": "string", "minLength": 1},
    "enum": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "object": {"type": "object"},
    "list": {"type": "array"},
    "any": {},
}

FINISH_REASONS = ["stop", "length", "content-filter", "tool-calls", "error", "other"]

#: Of a loop: it is told, or it ends the run.
LEVELS = ["warning", "critical"]


def _counts(shape: type) -> dict[str, Any]:
    counts = {field.name: {"type": "integer", "minimum": 0} for field in fields(shape)}
    return {"type": "object", "properties": counts}


def _one_of(values: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}


USAGE = _counts(Usage) | {"description": "What the run had used up."}
_CALL_USAGE = _counts(CallUsage) | {"description": "As the provider counts; empty if it does not."}
_CAPS = _counts(Caps) | {"required": [field.name for field in fields(Caps)]}
_FINISH_REASON = {"type": "string", "examples": FINISH_REASONS}
_CLIENTS_ID = {"type": "string", "pattern": IDENTIFIER_PATTERN}

#: What is known of a field beyond its kind.
KNOWN: Mapping[tuple[str, str], dict[str, Any]] = {
    ("run.accepted", "thread_id"): _CLIENTS_ID,
    ("run.accepted", "mode"): _one_of((*MODES, "tool")),
    ("run.accepted", "caps"): _CAPS,
    ("run.cap_exceeded", "cap"): _one_of(field.name for field in fields(Caps)),
    ("run.loop_detected", "level"): _one_of(LEVELS),
    ("run.loop_detected", "tools"): {"type": "array", "items": {"type": "string"}},
    ("run.finished", "status"): _one_of(state for state in RUN.states if state in RUN.terminal),
    ("run.finished", "reason_class"): _one_of(ReasonClass),
    ("run.finished", "finish_reason"): _FINISH_REASON,
    ("run.finished", "usage"): USAGE,
    ("turn.ended", "finish_reason"): _FINISH_REASON,
    ("turn.ended", "usage"): USAGE,
    ("frame.accepted", "frame_id"): _CLIENTS_ID,
    ("frame.accepted", "frame_type"): _one_of(FRAME_TYPES),
    ("model.call_finished", "usage"): _CALL_USAGE,
    ("model.call_failed", "kind"): _one_of(FAILURES),
    ("model.call_failed", "retry_after_s"): {"type": "number", "minimum": 0},
    ("tool.result", "status"): _one_of(["succeeded", "failed", "timed_out", "canceled", "denied"]),
}


def payload(event_type: str) -> dict[str, Any]:
    """The schema of a type's payload; it refers to nothing outside itself."""
    spec = CATALOG[event_type]
    return {
        "description": f"Written by the {spec.writer}; retention class `{spec.retention.value}`.",
        "type": "object",
        "required": sorted(spec.required),
        "properties": {
            name: KNOWN.get((event_type, name), _KINDS[kind.rstrip("?")])
            for name, kind in spec.fields.items()
        },
    }


def file(event_type: str) -> dict[str, Any]:
    """The same as a schema file of its own."""
    spec = CATALOG[event_type]
    title = event_type if spec.version == 1 else f"{event_type} v{spec.version}"
    return {"$schema": DIALECT, "title": title, **payload(event_type)}


def payload_name(event_type: str) -> str:
    """The name of the payload's schema among the components."""
    return f"{camel(event_type)}Payload"


def payloads() -> dict[str, dict[str, Any]]:
    """The payload of every type, by component name."""
    return {payload_name(event_type): payload(event_type) for event_type in CATALOG}


def by_type(*, pruned: bool) -> list[dict[str, Any]]:
    """What an event's type says of its payload, one alternative per type.

    Args:
        pruned: whether the payload may be null because it is no longer kept.
    """
    alternatives = []
    for event_type in CATALOG:
        kept = schema_ref(payload_name(event_type))
        shape = {"anyOf": [kept, {"type": "null"}]} if pruned else kept
        alternatives.append({"properties": {"type": {"const": event_type}, "payload": shape}})
    return alternatives


def streamed() -> dict[str, Any]:
    """One `data:` of a stream in the format `native`."""
    return {
        "type": "object",
        "description": "One event of a `native` stream. A type that is not known is to be ignored.",
        "required": ["type", "seq", "version", "occurredAt", "payload"],
        "properties": {
            "type": _one_of(CATALOG),
            "seq": {"type": "integer", "minimum": 1},
            "version": {"type": "integer", "minimum": 1},
            "occurredAt": {"type": "string", "format": "date-time"},
            "payload": {"type": "object"},
        },
        "oneOf": by_type(pruned=False),
    }
