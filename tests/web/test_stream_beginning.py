"""Where a stream begins: cursor, Last-Event-ID, tail, from; and what no cursor may be."""

from typing import Any

import pytest

from tests.support.api import Api, fresh
from tests.support.reader import Reader
from tests.web import routes
from tests.web.endings import ended
from tests.web.envelope import fields, refused
from tests.web.floor import raise_floor
from tests.web.reading import Run, blocks, comments, data, ids, open_stream


@pytest.fixture(scope="module")
def run(api: Api) -> Run:
    """A run that has ended."""
    return ended(api)


@pytest.fixture(scope="module")
def head_seq(api: Api, run: Run) -> int:
    seq: int = api.snapshot(*run)["latestSeq"]
    return seq


def seqs(api: Api, run: Run, query: str, headers: dict[str, str | None] | None = None) -> list[int]:
    """The seqs of the native events that a stream gives."""
    return ids(blocks(api, run, f"{query}&format=native", headers))


def test_the_header_is_a_cursor(api: Api, run: Run, head_seq: int) -> None:
    for seq in (0, 1, head_seq - 1):
        by_query = blocks(api, run, f"&cursor={seq}")
        by_header = blocks(api, run, headers={"Last-Event-ID": str(seq)})
        assert by_query == by_header
        assert seqs(api, run, f"&cursor={seq}") == list(range(seq + 1, head_seq + 1))


def test_both_cursors_may_be_sent_when_they_agree(api: Api, run: Run) -> None:
    assert blocks(api, run, "&cursor=2", {"Last-Event-ID": "2"}) == blocks(api, run, "&cursor=2")


def test_cursors_that_differ_are_refused(api: Api, run: Run) -> None:
    response = open_stream(api, run, "&cursor=2", {"Last-Event-ID": "3"})
    assert fields(refused(response, 400, "invalid_request")) == ["cursor"]


def test_the_tail_is_the_last_events(api: Api, run: Run, head_seq: int) -> None:
    assert seqs(api, run, "&tail=3") == [head_seq - 2, head_seq - 1, head_seq]
    assert seqs(api, run, "&tail=100000") == list(range(1, head_seq + 1))
    assert seqs(api, run, "&tail=0") == []
    assert data(blocks(api, run, "&tail=0")) == ["[DONE]"]


@pytest.mark.parametrize("query", ["&from=now", "&tail=1"])
def test_a_browser_that_comes_back_goes_on_where_it_was(
    api: Api, run: Run, head_seq: int, query: str
) -> None:
    """It sends its first query again, and the header with it."""
    assert seqs(api, run, query, {"Last-Event-ID": "2"}) == list(range(3, head_seq + 1))


@pytest.mark.parametrize("query", ["", "&from=now"])
def test_from_now_is_what_comes_next(api: Api, query: str) -> None:
    waiting = routes.start(api)
    assert api.frame(*waiting, "f0", type="context", payload={}).status_code == 202
    with open_stream(api, waiting, f"{query}&format=native") as response:
        incoming = response.iter_content(None)
        text = ""
        while "caught-up" not in text:
            text += next(incoming).decode()
        assert "data:" not in text
        assert ": cursor 2\n" in text
        assert api.frame(*waiting, "f1", "hi").status_code == 202
        text += b"".join(incoming).decode()
    first = text.partition("\nid: ")[2].partition("\n")[0]
    assert first == "3"
    assert "event: run.finished" in text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("&cursor=1&tail=1", "tail"),
        ("&cursor=1&from=now", "from"),
        ("&tail=1&from=now", "from"),
        ("&cursor=0&tail=0", "tail"),
    ],
)
def test_two_ways_to_begin_are_refused(api: Api, run: Run, query: str, field: str) -> None:
    assert fields(refused(open_stream(api, run, query), 400, "invalid_request")) == [field]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("&cursor=-1", "cursor"),
        ("&cursor=", "cursor"),
        ("&cursor=x", "cursor"),
        ("&cursor=1.0", "cursor"),
        ("&cursor=%D9%A1", "cursor"),
        ("&cursor=" + "9" * 40, "cursor"),
        ("&tail=-1", "tail"),
        ("&tail=all", "tail"),
        ("&tail=", "tail"),
        ("&tail=2.5", "tail"),
        ("&from=then", "from"),
        ("&from=", "from"),
        ("&tail_ms=0", "tail_ms"),
        ("&tail_ms=-5", "tail_ms"),
        ("&tail_ms=900001", "tail_ms"),
        ("&tail_ms=soon", "tail_ms"),
        ("&tail_ms=1.5", "tail_ms"),
        ("&tail_ms=", "tail_ms"),
        ("&format=", "format"),
        ("&format=xml", "format"),
        ("&format=AI-SDK", "format"),
    ],
)
def test_a_beginning_that_is_none_is_refused(api: Api, run: Run, query: str, field: str) -> None:
    assert fields(refused(open_stream(api, run, query), 400, "invalid_request")) == [field]


@pytest.mark.parametrize("sent", ["", "-1", "x", "1,2"])
def test_a_header_that_is_no_cursor_is_refused(api: Api, run: Run, sent: str) -> None:
    response = open_stream(api, run, headers={"Last-Event-ID": sent})
    assert fields(refused(response, 400, "invalid_request")) == ["Last-Event-ID"]


def test_a_cursor_ahead_of_the_log_is_refused(api: Api, run: Run, head_seq: int) -> None:
    assert data(blocks(api, run, f"&cursor={head_seq}")) == ["[DONE]"]
    ahead = open_stream(api, run, f"&cursor={head_seq + 1}")
    assert fields(refused(ahead, 400, "invalid_request")) == ["cursor"]
    by_header = open_stream(api, run, headers={"Last-Event-ID": str(head_seq + 1)})
    assert fields(refused(by_header, 400, "invalid_request")) == ["Last-Event-ID"]


def test_a_cursor_before_the_floor_is_gone(api: Api, stack_state: dict[str, Any]) -> None:
    run = ended(api)
    head_seq = api.snapshot(*run)["latestSeq"]
    raise_floor(stack_state, run[0], 4)
    for query, headers in (
        ("&cursor=3", None),
        ("&cursor=0", None),
        ("", {"Last-Event-ID": "3"}),
    ):
        error = refused(open_stream(api, run, query, headers), 410, "stale_cursor")
        assert error["details"] == [
            {"field": "floorSeq", "message": "4"},
            {"field": "latestSeq", "message": str(head_seq)},
        ]
        assert "snapshot" in error["message"]
    with pytest.raises(AssertionError, match="stale_cursor"):
        list(api.run_and_stream(*run, "hello", model="scripted/echo"))
    assert api.snapshot(*run)["floorSeq"] == 4
    assert api.get("/events", *run).json()["floorSeq"] == 4
    assert seqs(api, run, "&cursor=4") == list(range(5, head_seq + 1))
    assert seqs(api, run, "&tail=100000") == list(range(5, head_seq + 1))
    assert comments(blocks(api, run, "&tail=100000"))[0] == "cursor 4"


def test_a_resume_in_the_middle_of_a_live_answer_misses_nothing(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    slow = "scripted/tokens?n=40&delay_ms=25&bytes=8"
    assert api.start(run_id, thread_id, model=slow).status_code == 201
    reader = Reader(api, run_id, thread_id)
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    reader.wait_deltas(5)
    seen = int(reader.events[-1].event_id or 0)
    resumed = blocks(api, (run_id, thread_id), headers={"Last-Event-ID": str(seen)})
    reader.wait_done(within_s=20)
    rest = [e.data for e in reader.events if int(e.event_id or 0) > seen]
    assert data(resumed) == rest
