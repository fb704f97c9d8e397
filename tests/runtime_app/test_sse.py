"""Server-Sent Events in and out; the cases are the standard's rules, one by one."""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app import sse
from runtime_app.sse import Decoder, SseEvent

CASES = json.loads((Path(__file__).parents[1] / "golden" / "sse" / "decoder.json").read_text())
STREAMS = [case["input"].encode() for case in CASES]

#: Line ends, marks and field names as a stream may hold them anywhere.
PIECES = st.sampled_from(
    ["\n", "\r", "\r\n", "\n\n", "\ufeff", ":", " ", "data", "id", "event", "\x00", "ü", "🙂", "a"]
)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """`stream` in chunks, empty ones included."""
    bounds = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(bounds)]


def read(chunks: list[bytes]) -> list[SseEvent]:
    """All events of a stream that comes in these chunks."""
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_stream_is_read_as_the_standard_says(case):
    expected = [SseEvent(**event) for event in case["events"]]
    assert read([case["input"].encode()]) == expected


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_stream_is_read_the_same_byte_by_byte(case):
    expected = [SseEvent(**event) for event in case["events"]]
    stream = case["input"].encode()
    assert read([stream[at : at + 1] for at in range(len(stream))]) == expected


@given(st.sampled_from(STREAMS), st.lists(st.integers(0, 1000), max_size=12))
def test_it_does_not_matter_where_a_stream_is_cut(stream, places):
    assert read(cut(stream, places)) == read([stream])


@given(st.lists(PIECES, max_size=40).map("".join), st.lists(st.integers(0, 1000), max_size=12))
def test_it_does_not_matter_where_any_stream_is_cut(text, places):
    stream = text.encode()
    assert read(cut(stream, places)) == read([stream])


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(stream):
    assert all(event.event for event in read([stream]))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_an_event_is_given_as_soon_as_its_empty_line_is_there(end):
    assert read([f"data: a{end}{end}".encode()]) == [SseEvent("a", "message", None)]
    decoder = Decoder()
    assert decoder.feed(f"data: a{end}".encode()) == []
    assert decoder.feed(end.encode()) == [SseEvent("a", "message", None)]


def test_bytes_that_are_not_utf8_are_replaced():
    assert read([b"data: a\xffb\n\n"]) == [SseEvent("a\ufffdb", "message", None)]


def test_a_long_line_in_small_chunks_costs_what_it_weighs():
    line_bytes = 8 * 2**20
    stream = b"data: " + b"x" * line_bytes + b"\n\n"
    began_s = time.perf_counter()
    events = read([stream[at : at + 512] for at in range(0, len(stream), 512)])
    assert len(events[0].data) == line_bytes
    assert time.perf_counter() - began_s < 5


lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))
ids = st.none() | st.integers(0, 2**53)
names = st.none() | st.from_regex(r"[a-z]+\.[a-z_]+", fullmatch=True)


@given(lines, ids, names)
def test_what_is_encoded_is_read_back(data, event_id, name):
    stream = sse.encode(data, event_id=event_id, event=name)
    expected_id = None if event_id is None else str(event_id)
    assert read([stream]) == [SseEvent(data, name or "message", expected_id)]


def test_comments_and_retry_are_no_events():
    stream = sse.retry(1000) + sse.comment("ping") + sse.encode("a", event_id=1)
    assert stream.startswith(b"retry: 1000\n\n: ping\n\n")
    assert read([stream]) == [SseEvent("a", "message", "1")]
