"""The parts of a stream in the format `ai-sdk`, one schema per type."""

from collections.abc import Mapping
from typing import Any

from docs.openapi.events import FINISH_REASONS, LEVELS, USAGE
from docs.openapi.refs import camel, schema_ref
from runtime_app.executor.loops import PATTERNS
from runtime_app.runs.caps import Caps

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_ANY: dict[str, Any] = {}
_YES = {"const": True}
_CAPS = {"type": "string", "enum": list(Caps.__dataclass_fields__)}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object of exactly these properties, all of them there but for those with a `?`."""
    required = [name for name in properties if not name.endswith("?")]
    named = {name.removesuffix("?"): each for name, each in properties.items()}
    return {"type": "object", "required": required, "properties": named}


_LOOP = _object(
    level={"type": "string", "enum": LEVELS},
    pattern={"type": "string", "examples": [each.name for each in PATTERNS]},
    times=_WHOLE,
    tools={"type": "array", "items": _TEXT},
    step=_WHOLE,
)
_ID = {"id": _TEXT}
_CALL = {"toolCallId": _TEXT}
_METADATA = _object(runId=_TEXT, usage=USAGE)

#: Part type -> what it says, and its properties.
PARTS: Mapping[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "start": ("A message begins; a second one voids what was shown.", {"messageId": _TEXT}),
    "start-step": ("A step begins.", {}),
    "finish-step": ("A step has ended.", {}),
    "text-start": ("A text begins.", _ID),
    "text-delta": ("A piece of a text.", _ID | {"delta": _TEXT}),
    "text-end": ("A text has ended.", _ID),
    "reasoning-start": ("A reasoning begins.", _ID),
    "reasoning-delta": ("A piece of a reasoning.", _ID | {"delta": _TEXT}),
    "reasoning-end": ("A reasoning has ended.", _ID),
    "tool-input-available": (
        "The model asks for a tool; the client answers where it is not `providerExecuted`.",
        _CALL | {"toolName": _TEXT, "input": _ANY, "providerExecuted?": _YES},
    ),
    "tool-output-available": ("The tool has answered.", _CALL | {"output": _ANY}),
    "tool-output-error": ("The tool call failed.", _CALL | {"errorText": _TEXT}),
    "tool-output-denied": ("The tool call was denied.", _CALL),
    "data-tool-progress": ("How far a tool is.", _ID | {"data": _ANY, "transient": _YES}),
    "data-step-superseded": (
        "A step's attempt was lost and no longer counts.",
        {"data": _object(step=_WHOLE, attempt=_WHOLE), "transient": _YES},
    ),
    "data-provider-fallback": (
        "Another provider is asked; what the first has shown, if anything, no longer counts.",
        {
            "data": _object(
                **{"from": _TEXT, "to": _TEXT, "op": _TEXT, "outcome": _TEXT, "executed": _TEXT},
                breaker_state=_TEXT,
                generation=_WHOLE,
                attempt=_WHOLE,
                hop=_WHOLE,
                policy_decision_id=_TEXT,
            )
        },
    ),
    "data-policy": (
        "A rule forbids what was to follow.",
        {
            "data": _object(
                decision_id=_TEXT,
                about=_TEXT,
                decision={"const": "denied"},
                reason_code=_TEXT,
                **dict.fromkeys(("call_id?", "authorization_id?", "unit?", "epoch?"), _TEXT),
            )
        },
    ),
    "data-run-limit": (
        "The run has reached a cap, or goes round in circles.",
        {"data": {"oneOf": [_object(cap=_CAPS, limit=_WHOLE, used=_WHOLE), _LOOP]}},
    ),
    "error": ("The run has failed; `finish` follows.", {"errorText": _TEXT}),
    "abort": ("The run was cancelled.", {"reason": _TEXT}),
    "finish": (
        "A turn has ended.",
        {
            "finishReason": {"type": "string", "enum": FINISH_REASONS},
            "messageMetadata": _METADATA,
        },
    ),
}


def part_name(part_type: str) -> str:
    """The name of a part's schema among the components."""
    return f"{camel(part_type)}Part"


def schemas() -> dict[str, dict[str, Any]]:
    """Every part, and `StreamPart`, which is any of them; by component name."""
    each = {
        part_name(part_type): {"description": says} | _object(type={"const": part_type}, **more)
        for part_type, (says, more) in PARTS.items()
    }
    mapping = {part_type: schema_ref(part_name(part_type))["$ref"] for part_type in PARTS}
    any_of_them = {
        "description": "One part of an `ai-sdk` stream.",
        "oneOf": [schema_ref(name) for name in each],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    return each | {"StreamPart": any_of_them}
