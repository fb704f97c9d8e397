"""Model output, token by token, as a few events."""

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.events.event import NewEvent
from runtime_app.executor.coalescer import CoalescePolicy, Coalescer
from tests.support.sanitizer import SANITIZER

#: Times are fractions that floats hold exactly.
TICK_S = 1 / 1024
POLICY = CoalescePolicy(every_s=32 * TICK_S, max_bytes=64)

kinds = st.sampled_from(("text", "reasoning"))
pieces = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)
#: (kind, piece, seconds since the piece before)
gaps_s = st.sampled_from((0.0, TICK_S, 10 * TICK_S, 40 * TICK_S, 1.0))
streams = st.lists(st.tuples(kinds, pieces, gaps_s))


class Watched:
    """A coalescer under a clock, flushed whenever it is due, as its executor does it."""

    def __init__(self) -> None:
        self.coalescer = Coalescer(POLICY, SANITIZER, step=3, attempt=2)
        self.now_s = 100.0
        self.batches: list[list[NewEvent]] = []

    def feed(self, kind: str, piece: str, after_s: float) -> None:
        due_s = self.coalescer.due_in_s(self.now_s)
        if due_s is not None and due_s <= after_s:
            self.now_s += due_s
            after_s -= due_s
            self.flush()
        self.now_s += after_s
        self.coalescer.feed(kind, piece, self.now_s)
        if self.coalescer.due_in_s(self.now_s) == 0:
            self.flush()

    def flush(self) -> None:
        self.batches.append(self.coalescer.flush())

    def close(self) -> list[NewEvent]:
        self.batches.append(self.coalescer.close())
        return [event for batch in self.batches for event in batch]


def fed(stream: list[tuple[str, str, float]]) -> Watched:
    watched = Watched()
    for kind, piece, after_s in stream:
        watched.feed(kind, piece, after_s)
    return watched


@settings(deadline=None)
@given(streams)
def test_what_goes_in_comes_out_part_by_part(stream):
    events = fed(stream).close()
    ended = [
        (event.type.partition(".")[0], event.payload["text"])
        for event in events
        if event.type.endswith(".ended")
    ]
    assert ended == [
        (kind, "".join(piece for _, piece, _ in part))
        for kind, part in groupby(stream, key=lambda each: each[0])
    ]


@settings(deadline=None)
@given(streams)
def test_the_deltas_of_a_part_are_its_text(stream):
    deltas: dict[str, str] = {}
    for event in fed(stream).close():
        part_id = event.payload["part_id"]
        if event.type.endswith(".delta"):
            deltas[part_id] = deltas.get(part_id, "") + event.payload["delta"]
        elif event.type.endswith(".ended"):
            assert deltas.pop(part_id) == event.payload["text"]
    assert deltas == {}


@settings(deadline=None)
@given(streams)
def test_a_part_begins_once_has_no_empty_delta_and_ends_before_the_next(stream):
    events = fed(stream).close()
    parts = groupby(events, key=lambda event: event.payload["part_id"])
    for number, (part_id, part) in enumerate(parts, 1):
        assert part_id == f"p3.2.{number}"
        first, *deltas, last = part
        kind = first.type.removesuffix(".started")
        assert first.payload == {"part_id": part_id, "step": 3}
        assert [event.type for event in deltas] == [f"{kind}.delta"] * len(deltas)
        assert all(event.payload["delta"] for event in deltas)
        assert last.type == f"{kind}.ended"


@settings(deadline=None)
@given(streams)
def test_a_part_begins_at_once(stream):
    watched, before = Watched(), None
    for kind, piece, after_s in stream:
        watched.feed(kind, piece, after_s)
        if kind != before:
            begun = watched.batches[-1]
            assert begun[-1].type in (f"{kind}.started", f"{kind}.delta")
            assert watched.coalescer.due_in_s(watched.now_s) is None
        before = kind


def test_what_a_part_shows_first_is_due_at_once_even_if_it_had_to_wait():
    watched = fed([("text", "sk-", 0.0)])
    assert [event.type for event in watched.batches[-1]] == ["text.started"]
    watched.feed("text", "iing is fun", 1.0)
    assert watched.batches[-1][-1].payload["delta"] == "sk-iing is fun"
    watched.feed("text", " and", TICK_S)
    assert watched.coalescer.due_in_s(watched.now_s) == POLICY.every_s


@settings(deadline=None)
@given(streams)
def test_nothing_waits_longer_than_it_may(stream):
    watched = Watched()
    for kind, piece, after_s in stream:
        watched.feed(kind, piece, after_s)
        due_s = watched.coalescer.due_in_s(watched.now_s)
        assert due_s is None or 0 < due_s <= POLICY.every_s


@settings(deadline=None)
@given(streams)
def test_a_delta_is_larger_than_it_may_by_less_than_one_piece(stream):
    longest = max((len(piece.encode()) for _, piece, _ in stream), default=0)
    for event in fed(stream).close():
        if event.type.endswith(".delta"):
            assert len(event.payload["delta"].encode()) < POLICY.max_bytes + longest


def test_pieces_in_quick_succession_become_one_delta():
    watched = fed([("text", "1 ", 0.0), ("text", "2 ", TICK_S), ("text", "3 ", TICK_S)])
    assert len(watched.batches) == 1
    watched.feed("text", "4 ", 1.0)
    assert [event.payload["delta"] for event in watched.batches[1]] == ["2 3 "]


def test_a_batch_that_is_full_is_due_before_its_time():
    watched = fed([("text", "1 ", 0.0), ("text", "2 " * 16, TICK_S), ("text", "3 " * 16, TICK_S)])
    assert [event.payload["delta"] for event in watched.batches[1]] == ["2 " * 16 + "3 " * 16]


def test_bytes_count_and_not_characters():
    watched = fed([("text", "1 ", 0.0), ("text", "é" * 31, TICK_S)])
    assert watched.coalescer.due_in_s(watched.now_s) == POLICY.every_s
    watched.feed("text", "é", 0.0)
    assert watched.batches[-1][-1].payload["delta"] == "é" * 32


def test_half_a_surrogate_pair_waits_for_the_other_half():
    watched = fed([("text", "\ud83d", 0.0), ("text", "\ude00", TICK_S)])
    assert watched.close()[-1].payload["text"] == "\U0001f600"


def test_half_a_surrogate_pair_without_the_other_is_mended_and_said_to_be():
    ended = fed([("text", "a \ud83d", 0.0)]).close()[-1]
    assert ended.payload == {"part_id": "p3.2.1", "text": "a \ufffd", "made_safe": True}


def test_nothing_waiting_is_never_due():
    coalescer = Coalescer(POLICY, SANITIZER, 1, 1)
    assert coalescer.due_in_s(0.0) is None
    assert coalescer.flush() == coalescer.close() == []


def test_an_end_is_told_once():
    coalescer = Coalescer(POLICY, SANITIZER, 1, 1)
    coalescer.feed("text", "a", 0.0)
    assert [event.type for event in coalescer.close()] == [
        "text.started",
        "text.delta",
        "text.ended",
    ]
    assert coalescer.close() == []
