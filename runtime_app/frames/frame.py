"""A frame: one input to a run, idempotent by its id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.errors import InvalidRequest, Unprocessable
from runtime_app.runs.client_tools import MOST_ERROR_CHARS, MOST_OUTPUT_BYTES


@dataclass(frozen=True, slots=True)
class Frame:
    """One input as a client sends it. `occurred_at` is the client's word, RFC 3339, kept as is."""

    frame_id: str
    frame_type: str
    payload: Mapping[str, Any]
    occurred_at: str | None = None

    @property
    def content(self) -> str:
        """What idempotency compares, by its MAC: type and payload as received, nothing else."""
        return canonical([self.frame_type, self.payload])


def check(frame: Frame) -> None:
    """Hold a frame against its type.

    Raises:
        InvalidRequest: an unknown type, or a payload that the type does not take.
        Unprocessable: an answer to a question that the run has not asked.
    """
    rule = _RULES.get(frame.frame_type)
    if rule is None:
        raise InvalidRequest.field("type", f"is unknown; known: {', '.join(_RULES)}")
    rule(frame.payload)


def user_text(payload: Mapping[str, Any] | str) -> str:
    """The text of a user message: `text`, or the text parts of AI SDK `parts`, line by line.

    A stored payload is text where that stands for one that was too much to be kept.
    """
    if isinstance(payload, str):
        return payload
    if "text" in payload:
        return str(payload["text"])
    return "\n".join(part["text"] for part in payload["parts"] if part.get("type") == "text")


def _user_message(payload: Mapping[str, Any]) -> None:
    if "text" in payload:
        if not isinstance(payload["text"], str) or not payload["text"]:
            raise InvalidRequest.field("payload.text", "must be text that is not empty")
        return
    parts = payload.get("parts")
    if not isinstance(parts, list) or not parts:
        raise InvalidRequest.field("payload.text", "is missing; give text, or AI SDK parts")
    for index, part in enumerate(parts):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise InvalidRequest.field(f"payload.parts.{index}", "must be an object with a type")
        if part["type"] == "text" and not isinstance(part.get("text"), str):
            raise InvalidRequest.field(f"payload.parts.{index}.text", "must be text")
    if not user_text(payload):
        raise InvalidRequest.field("payload.parts", "contain no text part")


def _context(payload: Mapping[str, Any]) -> None:
    """Any object."""


def _reason(payload: Mapping[str, Any]) -> None:
    if not isinstance(payload.get("reason", ""), str):
        raise InvalidRequest.field("payload.reason", "must be text")


def _tool_result(payload: Mapping[str, Any]) -> None:
    _required_text(payload, "tool_call_id")
    if ("output" in payload) == ("error" in payload):
        raise InvalidRequest.field("payload.output", "or payload.error must be given, one of them")
    if "error" in payload:
        _required_text(payload, "error")
        if len(payload["error"]) > MOST_ERROR_CHARS:
            at_most = f"must be at most {MOST_ERROR_CHARS} characters"
            raise InvalidRequest.field("payload.error", at_most)
    elif len(canonical(payload["output"]).encode()) > MOST_OUTPUT_BYTES:
        raise InvalidRequest.field("payload.output", f"must be at most {MOST_OUTPUT_BYTES} bytes")


def _approval_response(payload: Mapping[str, Any]) -> None:
    _required_text(payload, "approval_id")
    raise Unprocessable("no approval of this run is waiting for an answer")


def _required_text(payload: Mapping[str, Any], name: str) -> None:
    if not isinstance(payload.get(name), str) or not payload[name]:
        raise InvalidRequest.field(f"payload.{name}", "must be text that is not empty")


_RULES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "user_message": _user_message,
    "context": _context,
    "tool_result": _tool_result,
    "approval_response": _approval_response,
    "cancel": _reason,
    "complete": _reason,
}

#: Every type that is known, for the documents.
FRAME_TYPES = tuple(_RULES)
