"""A tail over a real log: what is read once, what is kept, who is rung."""

import pytest

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.chunk import PIECE_BYTES, Chunk
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tail import KEEP, KEEP_BYTES, Standing, Tail
from tests.runtime_app.streaming.waiters import rung, sleeping, waiting
from tests.support.postgres import session
from tests.support.runs import append, delta, finish, fresh_run, granted, post


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


def test_who_waits_where_the_log_was_read_is_handed_what_came_and_sleeps_on(
    db: Database, run_id: str, tail: Tail
) -> None:
    reads = waiting(tail, 1)
    here = [sleeping(tail, 1) for _ in range(3)]
    ahead, ahead_client = sleeping(tail, 2)
    append(db, run_id, delta("a"), delta("b"))
    tail.hint(3)
    assert rung(reads)

    assert len(tail.after(1) or ()) == 2
    assert [client.seqs for _, client in here] == [[2, 3]] * 3
    assert [standing.position for standing, _ in here] == [3] * 3
    assert not any(rung(client.bell) for _, client in here)
    assert (ahead.position, ahead_client.sent) == (2, b"")
    assert rung(ahead_client.bell)


def test_an_event_that_is_not_sent_wakes_nobody(db: Database, run_id: str, tail: Tail) -> None:
    standing, client = sleeping(tail, 1, "ai-sdk")
    post(db, run_id, "f1")
    tail.hint(2)
    assert rung(client.bell)  # somebody has to read it
    tail._waiting[client.bell] = standing
    tail.after(1)
    assert (standing.position, client.sent, rung(client.bell)) == (2, b"", False)


@pytest.mark.parametrize("what", ["unwilling", "large", "the end", "a hole"])
def test_who_cannot_be_handed_what_came_is_rung_and_finds_it(
    db: Database, database_url: str, run_id: str, tail: Tail, what: str
) -> None:
    reads = waiting(tail, 1)
    standing, client = sleeping(tail, 1)
    client.willing = what != "unwilling"
    if what == "the end":
        finish(db, granted(db, run_id))
    else:
        size = PIECE_BYTES if what == "large" else 1
        append(db, run_id, delta("x" * size), delta("y"), delta("z"))
    if what == "a hole":
        with session(database_url) as owner:
            owner.run("delete from runtime.run_events where run_id = %(id)s and seq = 3", id=run_id)
    tail.hint(2)
    assert rung(reads)

    tail.after(1)
    assert (standing.position, client.sent) == (1, b"")
    assert rung(client.bell)
    assert [chunk.event.seq for chunk in tail.after(1) or ()][:1] == [2]


def test_when_more_is_said_to_have_come_than_was_read_one_of_those_who_sleep_looks(
    db: Database, run_id: str, tail: Tail
) -> None:
    reads, sleepers = waiting(tail, 1), [sleeping(tail, 1) for _ in range(3)]
    append(db, run_id, delta("a"))
    tail.hint(9)
    assert rung(reads)
    tail.after(1)
    assert [standing.position for standing, _ in sleepers] == [2, 2, 2]
    assert [rung(client.bell) for _, client in sleepers] == [True, False, False]


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
        tails[name]._waiting[bell] = Standing(1)
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
    assert tail.wait(Bell(), Standing(1), 0)


def _read_up(tail: Tail, seq: int) -> list[Chunk]:
    read: list[Chunk] = []
    while (position := read[-1].event.seq if read else 1) < seq:
        read += tail.after(position) or ()
    return read
