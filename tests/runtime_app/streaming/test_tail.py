"""A tail over a real log: what is read once, what is kept, who is rung."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tail import KEEP, KEEP_BYTES, Chunk, Tail
from tests.support.postgres import session
from tests.support.runs import append, delta, fresh_run


def rung(bell: Bell) -> bool:
    return bell.wait(0)


def waiting(tail: Tail, position: int) -> Bell:
    """A reader that has joined and waits past `position`."""
    bell = Bell()
    tail.join(bell)
    tail._waiting[bell] = position  # as `wait` does before it blocks
    return bell


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


@pytest.fixture
def tail(db: Database, run_id: str) -> Tail:
    return Tail(db, run_id, 1)


def test_a_hint_rings_one_reader_and_the_others_once_it_has_read(
    db: Database, run_id: str, tail: Tail
) -> None:
    bells = [waiting(tail, 1) for _ in range(5)]
    append(db, run_id, delta("a"))
    tail.hint(2)
    assert [rung(bell) for bell in bells] == [True, False, False, False, False]
    tail.hint(3)
    assert not any(rung(bell) for bell in bells)

    read = tail.after(1)
    assert [rung(bell) for bell in bells] == [False, True, True, True, True]
    assert read is not None
    assert tail.after(1) == list(read)


def test_a_reader_that_leaves_before_it_has_read_is_replaced(tail: Tail) -> None:
    first, second = waiting(tail, 1), waiting(tail, 1)
    tail.hint(2)
    assert (rung(first), rung(second)) == (True, False)
    tail.leave(first)
    assert rung(second)


def test_nobody_is_rung_for_what_they_have_read_alone(
    db: Database, run_id: str, tail: Tail
) -> None:
    ahead, behind = waiting(tail, 2), waiting(tail, 1)
    append(db, run_id, delta("a"))
    tail.hint(2)
    assert (rung(ahead), rung(behind)) == (False, True)


def test_no_reader_of_another_run_is_rung(db: Database, run_id: str) -> None:
    hub, other = Hub(db), fresh_run(db)
    bells = {name: Bell() for name in (run_id, other)}
    tails = {name: hub.attach(name, bell, 1) for name, bell in bells.items()}
    for name, bell in bells.items():
        tails[name]._waiting[bell] = 1
    hub.on_notify("run_events", f"{run_id}:2")
    assert (rung(bells[run_id]), rung(bells[other])) == (True, False)


def test_all_are_rung_when_the_process_is_about_to_stop(db: Database, run_id: str) -> None:
    hub = Hub(db)
    bells = [Bell() for _ in range(3)]
    for bell in bells:
        hub.attach(run_id, bell, 1)
    hub.close()
    assert all(rung(bell) for bell in bells)
    late = Bell()
    assert hub.attach(run_id, late, 1).closing


def test_so_many_chunks_are_kept_and_so_many_bytes(db: Database, run_id: str, tail: Tail) -> None:
    for _ in range(4):
        append(db, run_id, *[delta("x") for _ in range(100)])
    tail.hint(401)
    _read_up(tail, 401)
    assert tail.kept[0] == KEEP
    large = KEEP_BYTES // 5
    for _ in range(12):
        append(db, run_id, delta("y" * large))
    tail.hint(413)
    _read_up(tail, 413)
    chunks, kept_bytes = tail.kept
    assert chunks == 4
    assert kept_bytes <= KEEP_BYTES


def test_a_page_is_bounded_in_bytes_and_holds_at_least_one_event(db: Database, run_id: str) -> None:
    large = 100_000
    for _ in range(3):
        append(db, run_id, delta("y" * large))
    append(db, run_id, delta("z" * (log.PAGE_BYTES + 1)), delta("small"))
    for after, seqs in [(1, [2, 3]), (4, [5]), (5, [6]), (6, [])]:
        assert [event.seq for event, _ in log.read_page(db, run_id, after)] == seqs


def test_a_hole_is_given_to_its_finder_and_not_kept(
    db: Database, database_url: str, run_id: str, tail: Tail
) -> None:
    append(db, run_id, *[delta("a") for _ in range(4)])
    with session(database_url) as owner:
        owner.run("delete from runtime.run_events where seq = 4")
    tail.hint(5)
    assert [chunk.event.seq for chunk in tail.after(1) or ()] == [2, 3, 5]
    assert tail.kept[0] == 2
    assert [chunk.event.seq for chunk in tail.after(1) or ()] == [2, 3]


def test_a_hint_of_more_than_there_is_reads_nothing(tail: Tail) -> None:
    tail.hint(9)
    assert tail.after(1) == []
    assert tail.wait(Bell(), 1, 0)


def _read_up(tail: Tail, seq: int) -> list[Chunk]:
    read: list[Chunk] = []
    while (position := read[-1].event.seq if read else 1) < seq:
        read += tail.after(position) or ()
    return read


@dataclass(eq=False)
class ReaderOfMachine:
    """A reader as the tailer is one, step by step."""

    position: int
    unasked: bool = True
    bell: Bell = field(default_factory=Bell)


class Tails(RuleBasedStateMachine):
    """Writers, lost and late hints, and readers that come, step and leave, in any order."""

    db: Database
    run_id: str

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[ReaderOfMachine] = []
        self.tail: Tail | None = None

    @initialize()
    def begin(self) -> None:
        self.run_id = fresh_run(self.db)
        self.head = 1
        self.heard = 1

    @rule(count=st.integers(1, 120), size=st.sampled_from([1, 1, 1, 40_000]))
    def write(self, count: int, size: int) -> None:
        count = count if size == 1 else 1 + count % 5
        append(self.db, self.run_id, *[delta("w" * size) for _ in range(count)])
        self.head += count

    @precondition(lambda self: self.tail is not None)
    @rule(back=st.integers(0, 3))
    def hear(self, back: int) -> None:
        assert self.tail is not None
        self.tail.hint(max(1, self.head - back))

    @rule(data=st.data())
    def come(self, data: st.DataObject) -> None:
        reader = ReaderOfMachine(data.draw(st.integers(0, self.head)))
        if self.tail is None:
            self.tail = Tail(self.db, self.run_id, self.head)
        self.tail.join(reader.bell)
        self.tail.hint(self.head)
        self.readers.append(reader)

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        self._step(data.draw(st.sampled_from(self.readers)))

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        assert self.tail is not None
        reader = data.draw(st.sampled_from(self.readers))
        self.readers.remove(reader)
        self.tail.leave(reader.bell)
        if not self.readers:
            self.tail = None

    @invariant()
    def kept_within_bounds(self) -> None:
        if self.tail is not None:
            chunks, kept_bytes = self.tail.kept
            assert chunks <= KEEP
            assert kept_bytes <= KEEP_BYTES

    def teardown(self) -> None:
        if self.tail is not None:
            self.tail.hint(self.head)
            for reader in self.readers:
                for _ in range(1 + self.head):
                    self._step(reader)
                    if reader.position >= self.head:
                        break
                assert reader.position == self.head

    def _step(self, reader: ReaderOfMachine) -> None:
        assert self.tail is not None
        chunks = self.tail.after(reader.position)
        if chunks is None and reader.unasked:
            chunks = self.tail.page(reader.position)
        reader.unasked = False
        for chunk in chunks or ():
            assert chunk.event.seq == reader.position + 1
            reader.position += 1


@pytest.fixture
def machine(db: Database) -> type[Tails]:
    return type("TailsHere", (Tails,), {"db": db})


def test_every_reader_sees_every_event_once_and_in_order_however_they_interleave(
    machine: type[Tails],
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            deadline=None,
            max_examples=30,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )
