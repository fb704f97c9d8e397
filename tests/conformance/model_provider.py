"""What every model provider promises, whatever stands behind it.

A provider joins by subclassing `ModelProviderSuite` with a `subject` fixture. The suite talks to
the real thing: it only needs to know which model shows which behaviour.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import (
    Done,
    Message,
    ModelProvider,
    ModelRequest,
    ModelStream,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolDefinition,
    Usage,
)
from runtime_app.providers.response_schema import ResponseSchema
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS, ProviderTimeouts

TOOLS = (
    ToolDefinition("clock", "The time.", {"type": "object", "properties": {}}),
    ToolDefinition(
        "calc",
        "Arithmetic.",
        {"type": "object", "properties": {"expression": {"type": "string"}}},
    ),
)
CLOSE_LIMIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Subject:
    """A provider under test, and the models that show each behaviour.

    Args:
        answers: some text in several deltas, then stop.
        calls: one tool call, then, once answered, text with the tool's answer in it.
        calls_many: at least two tool calls in one answer.
        stops_short: an answer that meets its bound of `short_tokens`.
        throttles: at once, asking for a wait.
        breaks: fails as unavailable after some text.
        stalls: says something, then nothing for ever.
        trickles: a token every few milliseconds for seconds on end.
        unknown: no such model.
        reasons: thinks aloud in several deltas, then answers.
        refuses: says that it will not.
        shapes: answers in the shape that is asked for.
        hung_up: waits until the far end has seen the connection go; of what has a connection.
    """

    make: Callable[[ProviderTimeouts], ModelProvider]
    answers: str
    calls: str
    calls_many: str
    stops_short: str
    short_tokens: int
    throttles: str
    breaks: str
    stalls: str
    trickles: str
    unknown: str
    reasons: str
    refuses: str
    shapes: str
    hung_up: Callable[[], bool] = lambda: True


SCHEMA = ResponseSchema(
    "verdict",
    {
        "type": "object",
        "properties": {"verdict": {"type": "string"}, "reason": {"type": "string"}},
        "required": ["verdict", "reason"],
        "additionalProperties": False,
    },
)


def ask(model: str, *later: Message, max_output_tokens: int | None = None) -> ModelRequest:
    """A request that offers the tools and says something, with what came after it."""
    messages = (Message("system", "Be brief."), Message("user", "What is 6*7?"), *later)
    return ModelRequest(model, messages, TOOLS, max_output_tokens)


class Reading:
    """A stream being read by a thread of its own."""

    def __init__(self, stream: ModelStream) -> None:
        self.events: list[StreamEvent] = []
        self.error: ProviderError | None = None
        self._arrived = threading.Condition()
        self._stream = stream
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def wait_for_events(self, count: int) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.events) >= count, timeout=5)

    def ends_within(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self) -> None:
        try:
            for event in self._stream:
                with self._arrived:
                    self.events.append(event)
                    self._arrived.notify_all()
        except ProviderError as error:
            self.error = error


class ModelProviderSuite:
    """Subclass it as `Test…` and give it a `subject` fixture."""

    @pytest.fixture
    def provider(self, subject: Subject) -> ModelProvider:
        return subject.make(DEFAULT_TIMEOUTS)

    def test_an_answer_is_deltas_then_usage_then_done(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        *deltas, usage, done = provider.open(ask(subject.answers))
        assert len(deltas) > 1
        assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
        assert isinstance(usage, Usage)
        assert usage.input_tokens > 0
        assert usage.output_tokens > 0
        assert done == Done("stop")

    def test_a_tool_is_called_whole_and_its_answer_is_used(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        events = list(provider.open(ask(subject.calls)))
        calls = [event for event in events if isinstance(event, ToolCall)]
        assert len(calls) == 1
        assert calls[0].name in {tool.name for tool in TOOLS}
        assert calls[0].arguments is not None
        assert events[-1] == Done("tool-calls")

        turn = Message("assistant", "", (calls[0],))
        answer = Message("tool", "forty-two", tool_call_id=calls[0].id)
        after = list(provider.open(ask(subject.calls, turn, answer)))
        text = "".join(event.text for event in after if isinstance(event, TextDelta))
        assert "forty-two" in text
        assert after[-1] == Done("stop")

    def test_parallel_calls_have_ids_of_their_own(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        events = list(provider.open(ask(subject.calls_many)))
        ids = [event.id for event in events if isinstance(event, ToolCall)]
        assert len(ids) > 1
        assert len(set(ids)) == len(ids)

    def test_an_answer_that_meets_its_bound_says_so(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        request = ask(subject.stops_short, max_output_tokens=subject.short_tokens)
        assert list(provider.open(request))[-1] == Done("length")

    def test_thoughts_come_apart_from_the_answer(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        events = list(provider.open(ask(subject.reasons)))
        kinds = [type(event) for event in events]
        assert kinds.count(ReasoningDelta) > 1
        assert kinds.count(TextDelta) > 0
        assert kinds.index(TextDelta) > kinds.index(ReasoningDelta)
        assert events[-1] == Done("stop")

    def test_a_refusal_is_text_and_says_so_at_the_end(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        events = list(provider.open(ask(subject.refuses)))
        assert "will not" in "".join(e.text for e in events if isinstance(e, TextDelta))
        assert events[-1] == Done("content-filter")

    def test_an_answer_comes_in_the_shape_that_is_asked_for(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        request = replace(ask(subject.shapes), response_schema=SCHEMA)
        events = list(provider.open(request))
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert set(SCHEMA.read(text)) == {"verdict", "reason"}
        assert events[-1] == Done("stop")

    def test_throttling_says_how_long(self, subject: Subject, provider: ModelProvider) -> None:
        with pytest.raises(ProviderError) as caught:
            list(provider.open(ask(subject.throttles)))
        assert caught.value.outcome == "throttled"
        assert caught.value.retryable
        assert caught.value.retry_after_s is not None
        assert caught.value.retry_after_s > 0

    def test_what_was_said_before_a_failure_stands(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        events: list[StreamEvent] = []
        with pytest.raises(ProviderError) as caught:
            events.extend(provider.open(ask(subject.breaks)))
        assert caught.value.outcome == "provider_fault"
        assert caught.value.retryable
        assert caught.value.maybe_executed
        assert events
        assert all(isinstance(event, TextDelta) for event in events)

    def test_an_unknown_model_is_refused_when_read(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        stream = provider.open(ask(subject.unknown))
        with pytest.raises(ProviderError) as caught:
            list(stream)
        assert caught.value.outcome == "caller_fault"
        assert not caught.value.retryable
        assert subject.unknown in caught.value.message

    def test_a_stream_is_read_once(self, subject: Subject, provider: ModelProvider) -> None:
        stream = provider.open(ask(subject.answers))
        list(stream)
        with pytest.raises(RuntimeError, match="once"):
            iter(stream)

    def test_a_stream_closed_before_it_is_read_is_empty(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        stream = provider.open(ask(subject.answers))
        stream.close()
        stream.close()
        assert list(stream) == []

    def test_close_ends_a_silent_stream_at_once(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        stream = provider.open(ask(subject.stalls))
        reading = Reading(stream)
        reading.wait_for_events(1)
        assert not reading.ends_within(0.1), "expected the stream to wait"
        stream.close()
        assert reading.ends_within(CLOSE_LIMIT_S)
        assert reading.error is None
        assert subject.hung_up(), "expected the provider to see the connection go"
        assert not any(isinstance(event, Done) for event in reading.events)

    def test_close_ends_a_talking_stream_at_once(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        stream = provider.open(ask(subject.trickles))
        reading = Reading(stream)
        reading.wait_for_events(3)
        stream.close()
        assert reading.ends_within(CLOSE_LIMIT_S)
        assert reading.error is None

    def test_the_reader_may_close_between_events(
        self, subject: Subject, provider: ModelProvider
    ) -> None:
        stream = provider.open(ask(subject.trickles))
        seen = 0
        for _ in stream:
            seen += 1
            stream.close()
        assert seen == 1

    def test_silence_between_tokens_is_a_timeout(self, subject: Subject) -> None:
        stream = subject.make(ProviderTimeouts(between_tokens_s=0.15)).open(ask(subject.stalls))
        began = time.monotonic()
        with pytest.raises(ProviderError, match="between_tokens_s") as caught:
            list(stream)
        assert caught.value.outcome == "timeout"
        assert caught.value.retryable
        assert time.monotonic() - began >= 0.15

    def test_talking_for_too_long_is_a_timeout(self, subject: Subject) -> None:
        stream = subject.make(ProviderTimeouts(total_s=0.3)).open(ask(subject.trickles))
        with pytest.raises(ProviderError, match="total_s") as caught:
            list(stream)
        assert caught.value.outcome == "timeout"
