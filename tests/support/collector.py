"""A collector of spans for tests: speaks OTLP over HTTP, keeps what it is sent."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.support.stack import eventually


@dataclass(frozen=True)
class ReceivedSpan:
    """One span as it arrived; ids in hex, `parent_id` empty at the root of a trace."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    failed: str | None
    state: str


class Collector:
    """Serves on a free loopback port between `__enter__` and `__exit__`."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        self.content_types: set[str] = set()
        self._http = _HTTPServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def of(self, trace_id: str, name: str = "") -> list[ReceivedSpan]:
        """The spans of a trace so far, by name where one is given."""
        return [
            span for span in self.spans if span.trace_id == trace_id and name in ("", span.name)
        ]

    def wait(self, trace_id: str, **counts: int) -> list[ReceivedSpan]:
        """Wait until a trace has at least so many spans of each kind (`infer=2`); all of it."""
        eventually(
            lambda: all(
                len(self.of(trace_id, f"runtime.{kind}")) >= count for kind, count in counts.items()
            ),
            within_s=15,
            what=f"{counts} in {[span.name for span in self.of(trace_id)]}",
        )
        return self.of(trace_id)


class _HTTPServer(ThreadingHTTPServer):
    owner: Collector


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        assert self.path == "/v1/traces"
        self.server.owner.content_types.add(self.headers["content-type"])
        request = ExportTraceServiceRequest.FromString(content)
        for group in request.resource_spans:
            resource = _plain(group.resource.attributes)
            for scope in group.scope_spans:
                self.server.owner.spans += [_received(span, resource) for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _received(span: Any, resource: Mapping[str, Any]) -> ReceivedSpan:
    return ReceivedSpan(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple(link.span_id.hex() for link in span.links),
        _plain(span.attributes),
        resource,
        span.status.message if span.status.code == 2 else None,
        span.trace_state,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
