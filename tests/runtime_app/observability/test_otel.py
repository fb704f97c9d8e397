"""Spans as a collector gets them; what happens when there is none."""

import socket
import time
from collections.abc import Iterator

import pytest

from runtime_app.local.ports import free_port
from runtime_app.observability import otel, spans
from runtime_app.observability.trace_context import SAMPLED, TraceContext
from tests.support.collector import Collector

PARENT = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", SAMPLED, "vendor=1")
MESSAGE = TraceContext("9" * 32, "8" * 16, SAMPLED)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


def one(parent: TraceContext | None, link: TraceContext | None = None) -> TraceContext | None:
    with spans.span("runtime.infer", parent, {"oa.run_id": "r1", "oa.step": 1}, link) as span:
        span.put("oa.outcome", "finished")
        return span.context


def test_a_span_arrives_with_its_parent_its_link_and_its_attributes(collector: Collector):
    stop = otel.start(collector.endpoint, "worker-runs", "1.2.3")
    context = one(PARENT, MESSAGE)
    stop()
    [span] = collector.spans
    assert context == TraceContext(PARENT.trace_id, span.span_id, SAMPLED, "vendor=1")
    assert (span.trace_id, span.parent_id) == (PARENT.trace_id, PARENT.span_id)
    assert span.links == (MESSAGE.span_id,)
    assert span.attributes == {"oa.run_id": "r1", "oa.step": 1, "oa.outcome": "finished"}
    assert span.resource["service.version"] == "1.2.3"
    assert span.resource["oa.role"] == "worker-runs"
    assert span.state == "vendor=1"
    assert collector.content_types == {"application/x-protobuf"}


def test_without_a_parent_a_trace_begins_unless_the_span_is_no_beginning(collector: Collector):
    stop = otel.start(collector.endpoint, "web", "1")
    context = one(None)
    with spans.span("runtime.persist", None, {}) as persisted:
        assert persisted.context is None
    stop()
    assert context is not None
    assert context.sampled
    assert [(span.name, span.parent_id) for span in collector.spans] == [("runtime.infer", "")]


def test_a_trace_that_its_caller_does_not_record_is_not_recorded(collector: Collector):
    stop = otel.start(collector.endpoint, "web", "1")
    context = one(TraceContext(PARENT.trace_id, PARENT.span_id, 0))
    stop()
    assert context is not None
    assert (context.trace_id, context.sampled) == (PARENT.trace_id, False)
    assert collector.spans == []


def test_a_span_that_fails_has_the_name_of_the_error_and_nothing_it_says(collector: Collector):
    stop = otel.start(collector.endpoint, "web", "1")
    with pytest.raises(RuntimeError):
        with spans.span("runtime.tool", PARENT, {}):
            raise RuntimeError("the password is hunter2")
    stop()
    assert [span.failed for span in collector.spans] == ["RuntimeError"]
    assert "hunter2" not in repr(collector.spans)


def test_without_a_recorder_the_context_that_came_in_goes_on():
    assert one(PARENT) is PARENT
    assert one(None) is None


@pytest.mark.parametrize("attribute", ["oa.text", "http.url"])
def test_a_span_has_the_attributes_of_its_row_and_no_others(attribute: str):
    with pytest.raises(ValueError, match="no attributes"):
        spans.begin("runtime.infer", None, {attribute: "x"})
    with pytest.raises(KeyError):
        spans.begin("runtime.other", None, {})


def test_a_collector_that_is_gone_costs_spans_and_no_time():
    stop = otel.start(f"http://127.0.0.1:{free_port()}", "web", "1")
    begun_s = time.monotonic()
    for _ in range(3 * otel.MAX_QUEUE):
        one(PARENT)
    made_s = time.monotonic()
    stop()
    assert made_s - begun_s < 5
    assert time.monotonic() - made_s < otel.FLUSH_WITHIN_S + 1


def test_a_collector_that_says_nothing_holds_up_no_end():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stop = otel.start(f"http://127.0.0.1:{silent.getsockname()[1]}", "web", "1")
        one(PARENT)
        begun_s = time.monotonic()
        stop()
        assert time.monotonic() - begun_s < otel.FLUSH_WITHIN_S + 1
