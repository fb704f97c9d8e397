"""What is due is sealed once, in order, and tiles the log; the database's clock is an argument."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime_app.canonical import sha256_hex, stored_loads
from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.memory import claims
from runtime_app.memory.claims import Place
from runtime_app.memory.compaction import build, compact, seal, tree
from runtime_app.memory.verification import problems
from tests.support.api import fresh
from tests.support.postgres import Session, session
from tests.support.runs import OWNER, start

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def owner_session(database_url: str) -> Iterator[Session]:
    with session(database_url) as found:
        yield found


class Talk:
    """A thread whose events happened when a test says."""

    def __init__(self, db: Database, owner: Session) -> None:
        self.db, self.owner = db, owner
        self.thread_id = fresh("memory-")

    def run(self, at: datetime, run_id: str | None = None) -> str:
        run_id = start(self.db, run_id, thread_id=self.thread_id).run_id
        self.moved(run_id, 0, at)
        return run_id

    def say(self, run_id: str, at: datetime, *texts: str, kind: str = "message.user") -> None:
        events = [_event(kind, text) for text in texts]
        with self.db.transaction() as tx:
            before = log.append(tx, run_id, events).seq - len(events)
        self.moved(run_id, before, at)

    def moved(self, run_id: str, after: int, at: datetime) -> None:
        self.owner.run(
            "update runtime.run_events set occurred_at = %(at)s"
            " where run_id = %(run_id)s and seq > %(after)s",
            at=at,
            run_id=run_id,
            after=after,
        )

    def compact(self, now: datetime) -> list[int]:
        """Until nothing is due; how many of each level were sealed."""
        counts = []
        for level in (1, 2, 3):
            sealed = 0
            while made := compact(self.db, level, now=now, thread_id=self.thread_id):
                sealed += made
            counts.append(sealed)
        return counts

    def assert_tiled(self) -> None:
        assert list(problems(self.db, self.thread_id)) == []

    def chunks(self, level: int) -> list[Any]:
        return [each for each in tree(self.db, self.thread_id) if each.level == level]


def _event(kind: str, text: str) -> NewEvent:
    if kind == "message.user":
        return NewEvent(kind, {"frame_id": "f", "turn": 1, "text": text})
    if kind == "text.delta":
        return NewEvent(kind, {"part_id": "p", "delta": text})
    return NewEvent(kind, {"part_id": "p", "text": text})


@pytest.fixture
def talk(db: Database, owner_session: Session) -> Talk:
    return Talk(db, owner_session)


def test_a_fact_of_the_first_day_is_found_from_the_third_level_down_to_its_event(
    talk: Talk, db: Database
):
    run_id = talk.run(DAY)
    talk.say(run_id, DAY + timedelta(minutes=1), "The boat leaves at nine.")
    for hour in range(1, 8):
        said = [f"Of hour {hour}, no {n}: nothing to report. All calm here." for n in range(40)]
        talk.say(run_id, DAY + timedelta(hours=hour), *said, kind="text.ended")

    counts = talk.compact(DAY + timedelta(days=2))

    assert counts == [8, 8, 1]
    talk.assert_tiled()
    [day] = talk.chunks(3)
    assert day.summarizer == "extractive.v1"
    assert day.output_tokens <= 800
    assert "The boat leaves at nine." in day.summary
    hour = next(each for each in talk.chunks(2) if each.summary and "boat" in each.summary)
    ten = next(each for each in talk.chunks(1) if each.summary and "boat" in each.summary)
    assert (ten.parent_id, hour.parent_id) == (hour.chunk_id, day.chunk_id)
    assert ten.output_hash == sha256_hex(ten.summary)
    line = next(line for line in ten.summary.splitlines() if "boat" in line)
    seq = int(line.partition("#")[2].partition("]")[0])
    [found] = [event for event in log.read_for_fold(db, run_id) if event.seq == seq]
    assert found.payload["text"] == "The boat leaves at nine."


def test_nothing_younger_than_the_horizon_is_taken_and_a_late_event_changes_nothing(talk: Talk):
    run_id = talk.run(DAY)
    talk.say(run_id, DAY + timedelta(minutes=3), "early")

    assert talk.compact(DAY + timedelta(minutes=39)) == [0, 0, 0]
    assert talk.compact(DAY + timedelta(minutes=41)) == [1, 0, 0]
    [sealed] = talk.chunks(1)
    talk.say(run_id, DAY + timedelta(minutes=4), "late")
    assert talk.compact(DAY + timedelta(minutes=42)) == [1, 0, 0]

    first, second = talk.chunks(1)
    assert first == sealed
    assert (second.part, second.summary) == (2, "[1#3] user: late")
    talk.assert_tiled()


def test_deltas_alone_are_no_chunk_and_join_the_next(talk: Talk):
    run_id = talk.run(DAY)
    assert talk.compact(DAY + timedelta(hours=1)) == [1, 0, 0]
    talk.say(run_id, DAY + timedelta(hours=2), "a", "b", kind="text.delta")
    assert talk.compact(DAY + timedelta(hours=3))[0] == 0
    talk.say(run_id, DAY + timedelta(hours=4), "ab", kind="text.ended")

    assert talk.compact(DAY + timedelta(hours=6))[0] == 1

    assert talk.chunks(1)[-1].summary == "[1#4] assistant: ab"
    talk.assert_tiled()


def test_compactors_side_by_side_seal_each_window_once(talk: Talk):
    runs = [talk.run(DAY), talk.run(DAY, fresh("r") + "x" * 160)]
    for minute in range(0, 240, 10):
        for run_id in runs:
            talk.say(run_id, DAY + timedelta(minutes=minute), f"minute {minute}")
    now = DAY + timedelta(days=2)

    threads = [threading.Thread(target=talk.compact, args=(now,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    talk.compact(now)

    assert [len(talk.chunks(level)) for level in (1, 2, 3)] == [24, 4, 1]
    assert {each.state for level in (1, 2, 3) for each in talk.chunks(level)} == {"sealed"}
    talk.assert_tiled()


def test_a_builder_that_dies_is_succeeded_and_its_own_result_dropped(talk: Talk, db: Database):
    run_id = talk.run(DAY)
    talk.say(run_id, DAY, "hello")
    now = DAY + timedelta(hours=1)
    dead = claims.claim(db, 1, Place(talk.thread_id, str(OWNER)), now, "scheduled")
    assert dead is not None
    built = build(db, dead)

    assert talk.compact(now + timedelta(minutes=4)) == [0, 0, 0]
    assert talk.compact(now + timedelta(minutes=6))[0] == 1

    assert seal(db, dead, built, now, 1) is False
    [chunk] = talk.chunks(1)
    assert (chunk.chunk_id, chunk.state) == (dead.chunk_id, "sealed")
    talk.assert_tiled()


def _rehashed(talk: Talk, run_id: str, event_hash: bytes) -> None:
    talk.owner.run(
        "update runtime.run_events set event_hash = %(event_hash)s where run_id = %(run_id)s",
        event_hash=event_hash,
        run_id=run_id,
    )


def test_inputs_that_were_changed_are_not_summarized(talk: Talk, db: Database):
    run_id = talk.run(DAY)
    _rehashed(talk, run_id, b"\x00")
    place = Place(talk.thread_id, str(OWNER))
    claim = claims.claim(db, 1, place, DAY + timedelta(hours=1), "scheduled")
    assert claim is not None
    assert stored_loads(claim.inputs)[0]["from_hash"] == "00"
    _rehashed(talk, run_id, b"\x01")

    assert talk.compact(DAY + timedelta(hours=2)) == [0, 0, 0]

    assert [each.state for each in talk.chunks(1)] == ["building"]


def test_a_run_that_ended_is_not_looked_at_again(talk: Talk, db: Database):
    run_id = talk.run(DAY)
    usage = {"steps": 0, "model_calls": 0, "tool_calls": 0, "input_tokens": 0, "output_tokens": 0}
    end = {"status": "completed", "reason_class": "completed", "finish_reason": "stop"}
    with db.transaction() as tx:
        log.append(tx, run_id, [NewEvent("run.finished", {**end, "usage": usage})])
    talk.moved(run_id, 0, DAY)

    assert talk.compact(DAY + timedelta(hours=2))[0] == 1

    asked = Query("asked", "one", "select remembered from runtime.runs where run_id = %(run_id)s")
    row = db.one(asked, run_id=run_id)
    assert row is not None
    assert row.remembered is True


def test_a_text_a_child_an_input_or_a_range_that_was_changed_is_named(talk: Talk, db: Database):
    run_id = talk.run(DAY)
    talk.say(run_id, DAY + timedelta(hours=1), "hello")
    assert talk.compact(DAY + timedelta(hours=12)) == [2, 2, 0]
    talk.assert_tiled()
    [first, second] = talk.chunks(1)
    changed = "update runtime.memory_chunks set {} where chunk_id = %(chunk_id)s"

    talk.owner.run(changed.format("summary = 'bye'"), chunk_id=second.chunk_id)
    talk.owner.run(changed.format("parent_id = null"), chunk_id=first.chunk_id)
    _rehashed(talk, run_id, b"\x02")
    talk.owner.run(
        "update runtime.memory_cursors set sealed_seq = 9 where run_id = %(run_id)s", run_id=run_id
    )

    told = "\n".join(problems(db, talk.thread_id))
    assert f"{second.chunk_id}: its text is not what was sealed" in told
    assert f"its child {first.chunk_id} is not what it was made from" in told
    assert told.count(f"run {run_id} does not hold the events") == 2
    assert f"run {run_id}: the ranges do not meet at seq 9" in told


def test_a_chunk_whose_cursor_has_moved_is_a_failure_and_others_go_on(talk: Talk, db: Database):
    run_id = talk.run(DAY)
    now = DAY + timedelta(hours=1)
    dead = claims.claim(db, 1, Place(talk.thread_id, str(OWNER)), now, "scheduled")
    assert dead is not None
    talk.owner.run(
        "insert into runtime.memory_cursors values (%(run_id)s, 5, %(chunk_id)s)",
        run_id=run_id,
        chunk_id=dead.chunk_id,
    )

    assert talk.compact(now + timedelta(minutes=6)) == [0, 0, 0]

    rows = talk.owner.rows(
        "select attempt, result, error_class from runtime.memory_compactions"
        " where chunk_id = %(chunk_id)s",
        chunk_id=dead.chunk_id,
    )
    assert rows == [(2, "failed", "InputsChanged")]
