"""The two headers of W3C Trace Context: what holds is passed on, what does not is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.observability.trace_context import (
    MAX_STATE_CHARS,
    TraceContext,
    bounded_state,
    headers,
    parse,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_a_traceparent_is_read_and_written():
    context = parse(GOOD)
    assert context == TraceContext(TRACE, SPAN, 1)
    assert context is not None
    assert context.traceparent == GOOD
    assert context.sampled


@pytest.mark.parametrize(
    "given",
    [
        *(None, "", "nonsense", GOOD + "-more", GOOD.upper(), GOOD + "\n", " " + GOOD),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"0-{TRACE}-{SPAN}-01",
    ],
)
def test_a_traceparent_that_is_none(given):
    assert parse(given, "a=1") is None


def test_a_later_version_may_say_more_and_is_answered_in_ours():
    context = parse(f"cc-{TRACE}-{SPAN}-ff-what-the-future-brings")
    assert context is not None
    assert context.traceparent == f"00-{TRACE}-{SPAN}-03"


def test_a_child_stays_in_the_trace_and_keeps_what_others_say_of_it():
    context = parse(GOOD, "vendor=1")
    assert context is not None
    assert context.child("1" * 16) == TraceContext(TRACE, "1" * 16, 1, "vendor=1")


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (None, None),
        ("", None),
        ("a=1", "a=1"),
        (" a=1 ,\tb=2,,", "a=1,b=2"),
        ("tenant@vendor=x y", "tenant@vendor=x y"),
        ("a=1,a=2", None),
        ("A=1", None),
        ("a=", None),
        ("a=b=c", None),
        ("a=é", None),
        ("a", None),
        (",".join(f"k{n}=v" for n in range(33)), None),
    ],
)
def test_a_tracestate_is_passed_on_as_it_came_or_not_at_all(state, kept):
    assert bounded_state(state) == kept


def test_a_tracestate_that_is_too_long_loses_its_long_members_first():
    long = "long=" + "x" * 250
    state = ",".join(["first=1", long, "other" + long, *(f"k{n}=v" for n in range(20))])
    kept = bounded_state(state)
    assert kept is not None
    assert len(kept) <= MAX_STATE_CHARS
    assert kept.startswith("first=1,k0=v")
    assert "long" not in kept


@given(st.text(max_size=900))
def test_whatever_comes_what_is_kept_is_bounded_and_kept_again(text):
    kept = bounded_state(text)
    assert kept is None or len(kept) <= MAX_STATE_CHARS
    assert bounded_state(kept) == kept


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_comes_as_a_traceparent_nothing_is_raised(parent, state):
    context = parse(parent, state)
    assert context is None or parse(context.traceparent, context.state) == context


def test_a_call_carries_what_is_known():
    assert headers(None, None) == {}
    assert headers(None, "r1") == {"x-request-id": "r1"}
    context = parse(GOOD, "a=1")
    assert headers(context, "r1") == {
        "traceparent": GOOD,
        "tracestate": "a=1",
        "x-request-id": "r1",
    }
