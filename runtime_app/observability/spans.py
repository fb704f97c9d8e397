"""Spans: one table of names and attributes, and the seam through which they are recorded.

A room opens a span and knows nobody who records it. Where nothing does, a span costs a call, and
what is passed on is the context that came in, so that the trace holds together across us.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from runtime_app.observability.trace_context import TraceContext

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class SpanSpec:
    """One row of the table.

    Args:
        doc: what it stands for.
        attributes: what may be put on it: ids, enums and numbers, nothing that anybody wrote.
        begins: whether it may begin a trace where there is none.
    """

    doc: str
    attributes: tuple[str, ...]
    begins: bool = True


SPANS: Mapping[str, SpanSpec] = {
    "runtime.ingest": SpanSpec(
        "One request that brings something in.",
        ("http.request.method", "http.route", "http.response.status_code", "oa.run_id"),
    ),
    "runtime.infer": SpanSpec(
        "One model call: of one step, one attempt, one try.",
        ("oa.run_id", "oa.step", "oa.attempt", "oa.provider", "oa.outcome"),
    ),
    "runtime.tool": SpanSpec(
        "One tool call.",
        ("oa.run_id", "oa.tool", "oa.tool_call_id", "oa.attempt", "oa.outcome"),
    ),
    "runtime.persist": SpanSpec(
        "One append that is no batch of deltas: the statement, and the wait for the head's lock.",
        ("oa.run_id", "oa.events", "oa.seq", "oa.outcome"),
        begins=False,
    ),
    "runtime.stream": SpanSpec(
        "One reader, from its first byte to its last.",
        ("oa.run_id", "oa.format", "oa.cursor", "oa.end"),
    ),
}
_ALLOWED = {name: frozenset(spec.attributes) for name, spec in SPANS.items()}


class Span(Protocol):
    """A span that is open."""

    @property
    def context(self) -> TraceContext | None:
        """Where what this span causes goes on; None when there is no trace."""

    def put(self, name: str, value: Value) -> None:
        """Set an attribute."""

    def fail(self, kind: str) -> None:
        """Mark it as failed: the name of an error, never its text."""

    def end(self) -> None:
        """End it."""


Recorder = Callable[[str, TraceContext | None, TraceContext | None, Mapping[str, Value]], Span]
_recorder: Recorder | None = None


class _Unrecorded:
    """A span that nobody records; whose context is its parent's."""

    __slots__ = ("context",)

    def __init__(self, context: TraceContext | None) -> None:
        self.context = context

    def put(self, name: str, value: Value) -> None:
        """Nobody keeps it."""

    def fail(self, kind: str) -> None:
        """Nobody keeps it."""

    def end(self) -> None:
        """Nobody keeps it."""


def record_with(recorder: Recorder | None) -> None:
    """Let `recorder(name, parent, link, attributes)` make the spans from now on; None: nobody."""
    global _recorder
    _recorder = recorder


def begin(
    name: str,
    parent: TraceContext | None,
    attributes: Mapping[str, Value],
    link: TraceContext | None = None,
) -> Span:
    """Open a span; the caller ends it.

    Args:
        parent: what the rows or the request say; None begins a trace.
        link: another context that led here, such as a message's.

    Raises:
        KeyError, ValueError: the table does not know the name or an attribute.
    """
    unknown = attributes.keys() - _ALLOWED[name]
    if unknown:
        raise ValueError(f"{name} has no attributes {sorted(unknown)}")
    if _recorder is None or (parent is None and not SPANS[name].begins):
        return _Unrecorded(parent)
    return _recorder(name, parent, link, attributes)


@contextmanager
def span(
    name: str,
    parent: TraceContext | None,
    attributes: Mapping[str, Value],
    link: TraceContext | None = None,
) -> Iterator[Span]:
    """The same as a block; an exception that leaves it marks the span by its name."""
    opened = begin(name, parent, attributes, link)
    try:
        yield opened
    except BaseException as error:
        opened.fail(type(error).__name__)
        raise
    finally:
        opened.end()
