"""Spans as OpenTelemetry has them, exported over HTTP in batches. Off without an endpoint.

A collector that is slow or gone costs spans and nothing else: the queue is bounded, what does not
fit is dropped, and the end of a process waits for it 3 s at most.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from runtime_app.observability import spans
from runtime_app.observability.trace_context import TraceContext

MAX_QUEUE = 2048
BATCH = 256
EVERY_MS = 1000
EXPORT_TIMEOUT_S = 5.0
FLUSH_WITHIN_S = 3.0


def start(endpoint: str, role: str, code_version: str) -> Callable[[], None]:
    """Record every span from now on and export it. After fork: it starts a thread.

    Args:
        endpoint: base URL of a collector that takes OTLP over HTTP; the path is added.

    Returns:
        What ends it: it exports what is waiting, within 3 s.
    """
    # Imported here: a process that exports nothing need not wait for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(
        endpoint=endpoint.rstrip("/") + "/v1/traces", timeout=EXPORT_TIMEOUT_S
    )
    about = {"service.name": "openagents-runtime", "service.version": code_version, "oa.role": role}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, MAX_QUEUE, EVERY_MS, BATCH, EXPORT_TIMEOUT_S * 1000)
    )
    spans.record_with(recorder(provider))

    def stop() -> None:
        spans.record_with(None)
        flush = threading.Thread(target=provider.shutdown, name="span-flush", daemon=True)
        flush.start()
        flush.join(FLUSH_WITHIN_S)
        if flush.is_alive():
            exporter.shutdown()

    return stop


def recorder(provider: Any) -> spans.Recorder:
    """What makes spans of an OpenTelemetry `TracerProvider`."""
    from opentelemetry import trace

    tracer = provider.get_tracer("runtime_app")

    def record(
        name: str,
        parent: TraceContext | None,
        link: TraceContext | None,
        attributes: Mapping[str, spans.Value],
    ) -> spans.Span:
        around = trace.set_span_in_context(_remote(parent)) if parent else trace.Context()
        links = [trace.Link(_remote(link).get_span_context())] if link else []
        span = tracer.start_span(name, around, attributes=dict(attributes), links=links)
        return _Recorded(span, None if parent is None else parent.state)

    return record


def _remote(context: TraceContext) -> Any:
    from opentelemetry import trace

    return trace.NonRecordingSpan(
        trace.SpanContext(
            int(context.trace_id, 16),
            int(context.span_id, 16),
            is_remote=True,
            trace_flags=trace.TraceFlags(context.flags),
            trace_state=trace.TraceState.from_header([context.state] if context.state else []),
        )
    )


class _Recorded:
    """A span of OpenTelemetry's."""

    __slots__ = ("_span", "context")

    def __init__(self, span: Any, state: str | None) -> None:
        given = span.get_span_context()
        self._span = span
        self.context = TraceContext(
            f"{given.trace_id:032x}", f"{given.span_id:016x}", int(given.trace_flags), state
        )

    def put(self, name: str, value: spans.Value) -> None:
        self._span.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._span.set_status(Status(StatusCode.ERROR, kind))

    def end(self) -> None:
        self._span.end()
