"""Spans over the whole stack: one trace per request, whoever works on it and whoever dies."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import TTL_S
from tests.support.api import Api, fresh, read_sse
from tests.support.collector import Collector, ReceivedSpan
from tests.support.openai_server import OpenAIServer
from tests.support.reader import Reader
from tests.support.stack import RunningStack, running_stack

CALLER = "00f067aa0ba902b7"
SLOW = "scripted/tokens?n=100&delay_ms=50&bytes=8"


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def stack(server: OpenAIServer, collector: Collector) -> Iterator[RunningStack]:
    with running_stack(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        OPENAI_API_KEY="test-key",
        OPENAI_BASE_URL=server.base_url,
        OA_LEASE_TTL_S=str(TTL_S),
        OA_LEASE_HEARTBEAT_S="1",
    ) as running:
        yield running


def begin(api: Api, trace_id: str, model: str, tail_ms: int = 60_000) -> tuple[str, str]:
    """Start a run with its first frame in that trace and read it; its run and thread ids."""
    run_id, thread_id = fresh(), fresh("t")
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id, "model": model},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "hello"}},
    }
    headers = {"traceparent": f"00-{trace_id}-{CALLER}-01", "tracestate": "vendor=1"}
    names = {"run_id": run_id, "thread_id": thread_id}
    path = f"/runs/stream?tail_ms={tail_ms}"
    answer = api.send("POST", path, body=body, headers=headers, stream=True, **names)
    assert answer.status_code == 200, answer.text
    list(read_sse(answer))
    return run_id, thread_id


def names_of(found: list[ReceivedSpan]) -> set[str]:
    return {span.name.removeprefix("runtime.") for span in found}


def test_one_trace_from_the_caller_to_the_model_and_the_tool(
    own_api: Api, collector: Collector, server: OpenAIServer
) -> None:
    trace_id = "a" * 31 + "1"
    run_id, _ = begin(own_api, trace_id, "openai/tool")
    found = collector.wait(trace_id, ingest=1, infer=2, tool=1, stream=1, persist=4)
    assert names_of(found) == {"ingest", "infer", "tool", "stream", "persist"}
    by_id = {span.span_id: span for span in found}
    [ingest] = collector.of(trace_id, "runtime.ingest")
    assert ingest.parent_id == CALLER
    assert ingest.attributes == {
        "http.request.method": "POST",
        "http.route": "/internal/v1/runs/stream",
        "http.response.status_code": 200,
        "oa.run_id": run_id,
    }
    infers = collector.of(trace_id, "runtime.infer")
    assert [span.parent_id for span in infers] == [ingest.span_id] * 2
    assert {span.resource["oa.role"] for span in infers} == {"worker-runs"}
    [tool] = collector.of(trace_id, "runtime.tool")
    assert tool.parent_id == infers[0].span_id
    assert tool.attributes["oa.tool"] == "calc"
    assert tool.resource["oa.role"] == "worker-tools"
    [stream] = collector.of(trace_id, "runtime.stream")
    assert (stream.parent_id, stream.attributes["oa.end"]) == (ingest.span_id, "done")
    assert all(span.parent_id in {CALLER, *by_id} for span in found)
    called = [request.headers["traceparent"] for request in server.requests[-2:]]
    assert called == [f"00-{trace_id}-{span.span_id}-01" for span in infers]
    assert {span.state for span in found} == {"vendor=1"}


def test_the_message_that_woke_a_worker_is_a_link(own_api: Api, collector: Collector) -> None:
    trace_id = "a" * 31 + "2"
    begin(own_api, trace_id, "openai/tool")
    found = collector.wait(trace_id, ingest=1, infer=2, tool=1)
    [ingest] = collector.of(trace_id, "runtime.ingest")
    first, second = collector.of(trace_id, "runtime.infer")
    [tool] = collector.of(trace_id, "runtime.tool")
    assert first.links == (ingest.span_id,)
    assert tool.links == (first.span_id,)
    assert second.links == (tool.span_id,)
    assert len(found) > 4


def test_a_step_that_is_taken_again_by_another_worker_is_in_the_same_trace(
    stack: RunningStack, own_api: Api, collector: Collector
) -> None:
    trace_id = "a" * 31 + "3"
    run_id, thread_id = begin(own_api, trace_id, SLOW, tail_ms=1000)
    reader = Reader(own_api, run_id, thread_id)
    reader.wait_deltas(5)
    stack.kill("worker-runs")
    reader.wait_done(within_s=TTL_S + 15)
    collector.wait(trace_id, ingest=1, infer=1)
    [ingest] = collector.of(trace_id, "runtime.ingest")
    # What the dead worker was about to say is lost with it.
    [again] = collector.of(trace_id, "runtime.infer")
    assert (again.parent_id, again.attributes["oa.attempt"]) == (ingest.span_id, 2)
    # It was woken by the janitor, who works for nobody.
    assert again.links == ()
    events = own_api.events(run_id, thread_id)
    assert [e["payload"]["trace_id"] for e in events if e["type"] == "model.call_finished"] == [
        trace_id
    ]


def test_what_waits_is_passed_on_when_a_process_is_asked_to_stop(
    stack: RunningStack, own_api: Api, collector: Collector
) -> None:
    trace_id = "a" * 31 + "4"
    begin(own_api, trace_id, "openai/ok")
    stack.stop()
    collector.wait(trace_id, ingest=1, infer=1, stream=1)
