"""What a thread works for: bound to its log lines and messages, and gone at the end."""

import threading

import structlog

from runtime_app.observability import current
from runtime_app.observability.trace_context import TraceContext

ONE = TraceContext("1" * 32, "a" * 16, 1, "vendor=1")
OTHER = TraceContext("2" * 32, "b" * 16)


def bound() -> dict[str, str]:
    return dict(structlog.contextvars.get_contextvars())


def test_what_is_bound_is_told_and_carried_until_the_scope_ends():
    with current.scope(run_id="r1"):
        current.bind(ONE, "req-1")
        assert bound() == {
            "run_id": "r1",
            "trace_id": ONE.trace_id,
            "span_id": ONE.span_id,
            "request_id": "req-1",
        }
        assert current.headers() == {
            "traceparent": ONE.traceparent,
            "tracestate": "vendor=1",
            "x-request-id": "req-1",
        }
    assert bound() == {}
    assert current.headers() == {}


def test_another_request_leaves_nothing_of_the_one_before():
    with current.scope(run_id="r1"):
        current.bind(ONE, "req-1")
        current.bind(None, "req-2")
        assert bound() == {"run_id": "r1", "request_id": "req-2"}
        assert current.headers() == {"x-request-id": "req-2"}


def test_an_inner_scope_gives_back_what_was():
    with current.scope(run_id="r1"):
        current.bind(ONE, "req-1")
        before = bound()
        with current.scope(tool_call_id="c1"):
            current.bind(OTHER, "req-2")
        assert bound() == before
        assert current.headers()["traceparent"] == ONE.traceparent


def test_a_greenlet_that_is_done_with_a_request_works_for_nobody():
    current.bind(ONE, "req-1")
    current.bind_ids(run_id="r1")
    current.clear()
    assert bound() == {}
    assert current.headers() == {}


def test_another_thread_has_work_of_its_own():
    found: list[dict[str, str]] = []
    with current.scope():
        current.bind(ONE, "req-1")
        thread = threading.Thread(target=lambda: found.append(current.headers()))
        thread.start()
        thread.join()
    assert found == [{}]


def test_the_context_of_a_message_is_kept_beside():
    current.came_with({"traceparent": OTHER.traceparent})
    assert current.message() == OTHER
    assert current.headers() == {}
    current.came_with(None)
    assert current.message() is None
