"""The port to a model: one request in, a stream of plain events out.

A stream is read once, by one thread. It yields text, reasoning and tool calls as they come, then at
most one `Usage`, and ends with exactly one `Done`; or it raises `ProviderError`. A stream that was
closed just ends, without a `Done`: whoever closed it knows why.

`open` does no I/O and raises nothing about the call: every failure, a refused model name included,
comes out of the iteration, so that a caller has one place to look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol

from runtime_app.providers.response_schema import ResponseSchema


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's thinking, never empty; not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asks for, whole; several in one answer stand in the model's order.

    Args:
        id: names the call within its answer, and is what a tool message answers to.
        arguments: the parsed object, or None when `raw` is not a JSON object.
        raw: the arguments exactly as the model wrote them.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    raw: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the whole call, as the provider counts them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer.

    Args:
        finish_reason: stop, tool-calls, length, content-filter, error or other.
    """

    finish_reason: str


StreamEvent = TextDelta | ReasoningDelta | ToolCall | Usage | Done


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation.

    Args:
        role: system, user, assistant or tool.
        tool_calls: what an assistant turn called; each is answered by a later tool turn.
        tool_call_id: on a tool turn, the call that `text` answers.
    """

    role: str
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool the model may call; `parameters` is the JSON Schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One model call.

    Args:
        model: the name as the provider knows it, without the provider's own prefix.
        max_output_tokens: an upper bound on the answer; None leaves it to the provider.
        headers: trace headers to pass on to the provider.
        response_schema: what the answer's whole text shall be. A provider asks its model for it;
            whether the model did it, its reader sees by `response_schema.read`.
        within_s: how long the call may take in all, where that is less than its provider's limit.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolDefinition, ...] = ()
    max_output_tokens: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    response_schema: ResponseSchema | None = None
    within_s: float = inf


class ModelStream(Protocol):
    """One answer as it comes."""

    def __iter__(self) -> Iterator[StreamEvent]:
        """Start the call and yield its events.

        Raises:
            ProviderError: the call failed; what was yielded before stands.
            RuntimeError: the stream is read a second time.
        """

    def close(self) -> None:
        """End the call, from any thread, at any time, any number of times.

        Effects: an iteration that waits ends within 100 ms; the provider sees the connection go.
        """


class ModelProvider(Protocol):
    """Something that answers model requests."""

    @property
    def name(self) -> str:
        """The prefix that names it in a model id: `openai` in `openai/gpt-x`."""

    def open(self, request: ModelRequest) -> ModelStream:
        """Prepare a call; nothing happens until the stream is read."""
