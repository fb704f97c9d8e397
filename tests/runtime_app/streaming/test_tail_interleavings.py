"""Readers of one tail in any order of steps: each sees every event once, in order."""

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
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.tail import KEEP, KEEP_BYTES, Standing, Tail
from tests.runtime_app.streaming.waiters import Client
from tests.support.runs import append, delta, fresh_run


@dataclass(eq=False)
class ReaderOfMachine:
    """A reader as the tailer is one, step by step."""

    standing: Standing
    unasked: bool = True
    client: Client = field(default_factory=Client)

    @property
    def bell(self) -> Bell:
        return self.client.bell

    @property
    def position(self) -> int:
        return self.standing.position


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
        reader = ReaderOfMachine(Standing(data.draw(st.integers(0, self.head)), "native"))
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
    @rule(data=st.data(), willing=st.booleans())
    def sleep(self, data: st.DataObject, willing: bool) -> None:
        """As far as `wait` goes before it blocks."""
        assert self.tail is not None
        reader = data.draw(st.sampled_from(self.readers))
        reader.client.willing = willing
        if not reader.unasked and not self.tail.wait(reader.bell, reader.standing, 0):
            self.tail._waiting[reader.bell] = reader.standing

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
        self.tail._waiting.pop(reader.bell, None)
        seqs, reader.client.sent = reader.client.seqs, b""
        assert seqs == list(range(reader.position - len(seqs) + 1, reader.position + 1))
        chunks = self.tail.after(reader.position)
        if chunks is None and reader.unasked:
            chunks = self.tail.page(reader.position)
        reader.unasked = False
        for chunk in chunks or ():
            assert chunk.event.seq == reader.position + 1
            reader.standing.position += 1


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
