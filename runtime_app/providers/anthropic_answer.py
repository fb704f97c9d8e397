"""A streamed message put together from its events: feed and finish, no I/O.

The protocol asks readers to ignore what they do not know, so only what is read is checked; what is
read and has the wrong shape is a provider_fault that says where.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.json_fields import object_at, text_in
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import (
    Done,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    Usage,
)
from runtime_app.providers.tool_arguments import tool_call

STOP_REASONS: Mapping[str, str] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "refusal": "content-filter",
}
_INPUT_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


@dataclass(slots=True)
class _Partial:
    id: str
    name: str
    whole_input: object
    pieces: list[str] = field(default_factory=list)


class AnthropicAnswer:
    """What has arrived of one answer.

    Args:
        names: from the tools' names as they were sent to their own; others stay.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}
        self.tokens = 0
        self._events = 0
        self._stop_reason: str | None = None
        self._calls: dict[object, _Partial] = {}
        self._counts: dict[str, int] = {}

    @property
    def complete(self) -> bool:
        return self._stop_reason is not None

    def feed(self, chunk: object) -> Iterator[StreamEvent]:
        self._events += 1
        event = object_at(chunk, "an event")
        read = _READERS.get(text_in(event, "type"))
        if read is not None:
            yield from read(self, event)

    def finish(self) -> Iterator[StreamEvent]:
        if self._stop_reason is None:
            raise ProviderError(
                Outcome.PROVIDER_FAULT,
                f"expected a stop_reason before the end, found none in {self._events} events",
            )
        yield from (self._whole(call) for call in self._calls.values())
        if "output_tokens" in self._counts:
            given = sum(self._counts.get(name, 0) for name in _INPUT_TOKENS)
            yield Usage(given, self._counts["output_tokens"])
        yield Done(STOP_REASONS.get(self._stop_reason, "other"))

    def _message_start(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        self._count(object_at(event.get("message"), "message").get("usage"))
        return iter(())

    def _block_start(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        block = object_at(event.get("content_block"), "content_block")
        match text_in(block, "type"):
            case "tool_use":
                self.tokens += 1
                call = _Partial(text_in(block, "id"), text_in(block, "name"), block.get("input"))
                self._calls[event.get("index")] = call
            case "text":
                yield from self._said(TextDelta, text_in(block, "text"))
            case "thinking":
                yield from self._said(ReasoningDelta, text_in(block, "thinking"))

    def _block_delta(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        delta = object_at(event.get("delta"), "delta")
        match text_in(delta, "type"):
            case "text_delta":
                yield from self._said(TextDelta, text_in(delta, "text"))
            case "thinking_delta":
                yield from self._said(ReasoningDelta, text_in(delta, "thinking"))
            case "input_json_delta":
                call = self._calls.get(event.get("index"))
                if call is not None:
                    self.tokens += 1
                    call.pieces.append(text_in(delta, "partial_json"))

    def _message_delta(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        delta = object_at(event.get("delta"), "delta")
        self._stop_reason = text_in(delta, "stop_reason") or self._stop_reason
        self._count(event.get("usage"))
        return iter(())

    def _said(
        self, kind: type[TextDelta] | type[ReasoningDelta], text: str
    ) -> Iterator[StreamEvent]:
        if text:
            self.tokens += 1
            yield kind(text)

    def _count(self, usage: object) -> None:
        """The counts are of the message so far: later ones replace earlier ones."""
        if isinstance(usage, Mapping):
            counts = ((name, usage.get(name)) for name in (*_INPUT_TOKENS, "output_tokens"))
            self._counts |= {name: max(0, n) for name, n in counts if isinstance(n, int)}

    def _whole(self, call: _Partial) -> ToolCall:
        if not (call.name and call.id):
            missing = "a name" if call.id else "an id"
            raise ProviderError(
                Outcome.PROVIDER_FAULT, f"expected {missing} for a tool call, found none"
            )
        raw = "".join(call.pieces)
        if not raw and call.whole_input:
            raw = json.dumps(call.whole_input)
        return tool_call(call.id, self._names.get(call.name, call.name), raw)


_READERS: Mapping[str, Callable[[AnthropicAnswer, Mapping[str, Any]], Iterator[StreamEvent]]] = {
    "message_start": AnthropicAnswer._message_start,
    "content_block_start": AnthropicAnswer._block_start,
    "content_block_delta": AnthropicAnswer._block_delta,
    "message_delta": AnthropicAnswer._message_delta,
}
