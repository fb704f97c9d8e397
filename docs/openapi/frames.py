"""What the payload of a frame holds, by the frame's type."""

from collections.abc import Mapping
from typing import Any

from docs.openapi.refs import camel, schema_ref
from runtime_app.runs.client_tools import MOST_ERROR_CHARS, MOST_OUTPUT_BYTES

_NOT_EMPTY = {"type": "string", "minLength": 1}
_PART = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"type": "string"}},
    "additionalProperties": True,
    "if": {"properties": {"type": {"const": "text"}}},
    "then": {"required": ["text"], "properties": {"text": {"type": "string"}}},
}
_TEXT_PART = {
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": _NOT_EMPTY},
}


def _reason(description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {"reason": {"type": "string", "description": "Kept with the frame."}},
    }


def _answer(description: str, question: str, **more: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": [question],
        "properties": {question: _NOT_EMPTY, **more},
    }


#: Frame type -> its payload.
PAYLOADS: Mapping[str, dict[str, Any]] = {
    "user_message": {
        "type": "object",
        "description": "One turn: model, tools, answer. `text`, or AI SDK `parts` of which the "
        "text ones count; `text` wins.",
        "properties": {
            "text": _NOT_EMPTY,
            "parts": {"description": "Parts of an AI SDK message; looked at without `text`."},
        },
        "anyOf": [
            {"required": ["text"]},
            {
                "required": ["parts"],
                "properties": {
                    "parts": {
                        "type": "array",
                        "minItems": 1,
                        "items": _PART,
                        "contains": _TEXT_PART,
                    }
                },
            },
        ],
    },
    "context": {
        "type": "object",
        "description": "Any object: part of every later prompt, no turn of its own.",
    },
    "tool_result": {
        **_answer(
            "Answers a tool call that the client was asked to do, with an output or an error. 422 "
            "when it was not asked; 409 when the call was answered otherwise, or not in time.",
            "tool_call_id",
            output={
                "description": f"What the tool gave: at most {MOST_OUTPUT_BYTES} bytes of JSON."
            },
            error={**_NOT_EMPTY, "maxLength": MOST_ERROR_CHARS},
        ),
        "oneOf": [{"required": ["output"]}, {"required": ["error"]}],
    },
    "approval_response": _answer(
        "Answers an approval that was asked for. 422 when none waits.",
        "approval_id",
        approved={"description": "True or false."},
        reason={"description": "Why."},
    ),
    "cancel": _reason("As the cancel route."),
    "complete": _reason("Ends the run as completed, after the frames accepted before it."),
}


def payload_name(frame_type: str) -> str:
    """The name of the payload's schema among the components."""
    return f"{camel(frame_type)}FramePayload"


def schemas() -> dict[str, dict[str, Any]]:
    """The payload of every frame type, by component name."""
    return {payload_name(frame_type): shape for frame_type, shape in PAYLOADS.items()}


def by_type() -> list[dict[str, Any]]:
    """What a frame's type says of its payload, one alternative per type."""
    return [
        {"properties": {"type": {"const": name}, "payload": schema_ref(payload_name(name))}}
        for name in PAYLOADS
    ]
