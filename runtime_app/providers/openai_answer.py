"""A streamed chat completion put together from its chunks: feed and finish, no I/O.

Servers that call themselves compatible differ in what they leave out, so only what is read is
checked; what is read and has the wrong shape is a `protocol` failure that says where.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.json_fields import list_at, object_at, text_in
from runtime_app.providers.openai_tool_calls import ToolCallFragments
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import Done, ReasoningDelta, StreamEvent, TextDelta, Usage

FINISH_REASONS: Mapping[str, str] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool-calls",
    "function_call": "tool-calls",
    "content_filter": "content-filter",
    "error": "error",
}


class OpenAIAnswer:
    """What has arrived of one answer.

    Args:
        names: from the tools' names as they were sent to their own; others stay.

    Attributes:
        tokens: pieces of text, reasoning and calls so far; empty chunks do not count.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}
        self.tokens = 0
        self._chunks = 0
        self._finish_reason: str | None = None
        self._refused = False
        self._calls = ToolCallFragments()
        self._usage: Usage | None = None

    @property
    def complete(self) -> bool:
        """Whether the model has said why it stopped; only usage may still follow."""
        return self._finish_reason is not None

    def feed(self, chunk: object) -> Iterator[StreamEvent]:
        """Take the next chunk's JSON and yield what it adds.

        Raises:
            ProviderError: provider_fault; the chunk is not one of a chat completion.
        """
        self._chunks += 1
        fields = object_at(chunk, "a chunk")
        self._usage = _usage(fields.get("usage")) or self._usage
        choices = fields.get("choices")
        if choices is None and "usage" in fields:
            return
        for choice in list_at(choices, "choices")[:1]:
            yield from self._feed_choice(object_at(choice, "choices[0]"))

    def finish(self) -> Iterator[StreamEvent]:
        """Yield the whole calls, the usage and `Done`.

        Raises:
            ProviderError: provider_fault; the stream ended before the answer did.
        """
        if self._finish_reason is None:
            raise ProviderError(
                Outcome.PROVIDER_FAULT,
                f"expected a finish_reason before the end, found none in {self._chunks} chunks",
            )
        calls = [
            replace(call, name=self._names.get(call.name, call.name))
            for call in self._calls.whole()
        ]
        yield from calls
        if self._usage is not None:
            yield self._usage
        reason = FINISH_REASONS.get(self._finish_reason, "other")
        if self._refused:
            reason = "content-filter"
        elif calls and reason == "stop":
            reason = "tool-calls"
        yield Done(reason)

    def _feed_choice(self, choice: Mapping[str, Any]) -> Iterator[StreamEvent]:
        delta = object_at(choice.get("delta") or {}, "delta")
        reasoning = text_in(delta, "reasoning_content") or text_in(delta, "reasoning")
        if reasoning:
            self.tokens += 1
            yield ReasoningDelta(reasoning)
        refusal = text_in(delta, "refusal")
        self._refused = self._refused or bool(refusal)
        for text in (text_in(delta, "content"), refusal):
            if text:
                self.tokens += 1
                yield TextDelta(text)
        for fragment in list_at(delta.get("tool_calls") or [], "tool_calls"):
            self.tokens += 1
            self._calls.feed(object_at(fragment, "tool_calls[]"))
        self._finish_reason = text_in(choice, "finish_reason") or self._finish_reason


def _usage(value: object) -> Usage | None:
    if not isinstance(value, Mapping):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not (isinstance(prompt, int) and isinstance(completion, int)):
        return None
    return Usage(max(0, prompt), max(0, completion))
