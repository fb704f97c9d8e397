"""What this thread or greenlet works for: request, trace, run.

Bound while a request, a step or a tool runs. Log lines carry it, and so do the messages that are
sent meanwhile. It decides nothing: rows get their ids as arguments.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

from runtime_app.observability import trace_context
from runtime_app.observability.trace_context import TraceContext

_trace: ContextVar[TraceContext | None] = ContextVar("oa_trace", default=None)
_request_id: ContextVar[str | None] = ContextVar("oa_request_id", default=None)
_message: ContextVar[TraceContext | None] = ContextVar("oa_message", default=None)


@contextmanager
def scope(**ids: str) -> Iterator[None]:
    """Bind `ids` (run_id, tool_call_id); what is bound inside is gone at the end."""
    before = structlog.contextvars.get_contextvars()
    trace, request_id = _trace.get(), _request_id.get()
    structlog.contextvars.bind_contextvars(**ids)
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)
        _trace.set(trace)
        _request_id.set(request_id)


def bind(trace: TraceContext | None, request_id: str | None) -> None:
    """From now on this works for that request; None stands for one that is not known."""
    if trace == _trace.get() and request_id == _request_id.get():
        return
    _trace.set(trace)
    _request_id.set(request_id)
    told = {
        "trace_id": None if trace is None else trace.trace_id,
        "span_id": None if trace is None else trace.span_id,
        "request_id": request_id,
    }
    known = {name: value for name, value in told.items() if value is not None}
    structlog.contextvars.unbind_contextvars(*(told.keys() - known.keys()))
    structlog.contextvars.bind_contextvars(**known)


def bind_ids(**ids: str) -> None:
    """Add ids to the log lines until the scope ends or `clear`."""
    structlog.contextvars.bind_contextvars(**ids)


def clear() -> None:
    """This works for nobody: the request is over, and its greenlet may serve another."""
    structlog.contextvars.clear_contextvars()
    _trace.set(None)
    _request_id.set(None)


def headers() -> dict[str, str]:
    """What a message that is sent now carries."""
    return trace_context.headers(_trace.get(), _request_id.get())


def came_with(message: Mapping[str, str] | None) -> None:
    """Remember the context of the message that woke this thread; None forgets it.

    It is a hint, as the message is: spans link to it, and their parent is what the rows say.
    """
    given = message or {}
    _message.set(trace_context.parse(given.get("traceparent"), given.get("tracestate")))


def message() -> TraceContext | None:
    """The context that the message carried which woke this thread."""
    return _message.get()
