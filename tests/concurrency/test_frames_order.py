"""Frames are read in the order of their events, whatever their transactions do meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from runtime_app.db.database import Database
from runtime_app.errors import Conflict
from runtime_app.events import log
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.frames import inbox
from runtime_app.runs import store as runs
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import cancel, events_after, fresh_run, post, post_in


def frames(db: Database, run_id: str) -> list[tuple[str, int]]:
    events = events_after(db, run_id, 0)
    return [(e.payload["frame_id"], e.seq) for e in events if e.type == "frame.accepted"]


def rows(owner: Session, run_id: str) -> list[tuple]:
    return owner.rows(
        "select frame_id, seq from runtime.frames where run_id = %(id)s order by seq", id=run_id
    )


def test_transactions_that_commit_in_reverse_order_number_their_frames_as_they_commit(
    db: Database, owner: Session
):
    """The one that began first, and has read already, accepts and commits last."""
    run_id = fresh_run(db)
    with db.transaction() as early:
        assert runs.get(early, run_id) is not None
        with db.transaction() as late:
            assert runs.get(late, run_id) is not None
            assert post_in(late, run_id, "late").seq == 2
        assert frames(db, run_id) == [("late", 2)]
        assert post_in(early, run_id, "early").seq == 3

    assert frames(db, run_id) == rows(owner, run_id) == [("late", 2), ("early", 3)]


def test_a_frame_cannot_be_numbered_before_one_that_is_not_committed_yet(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    """So a reader that has seen seq n has seen everything below it."""
    run_id = fresh_run(db)
    with db.transaction() as first:
        assert post_in(first, run_id, "first").seq == 2
        second = threads.submit(post, db, run_id, "second")
        until_blocked(owner)
        assert not second.done()
        assert frames(db, run_id) == []

    assert second.result(PATIENCE_S).seq == 3
    assert frames(db, run_id) == [("first", 2), ("second", 3)]


def test_many_posters_and_a_reader_that_follows_see_one_order(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    done = Event()

    def follow() -> list[str]:
        """Fold with a cursor, as an executor does while frames arrive."""
        state = RunState(run_id)
        while True:
            last_round = done.is_set()
            events = list(log.read_for_fold(db, run_id, state.seq))
            state = fold(state, events)
            if last_round and not events:
                return [item.frame_id for item in state.inbox]

    def write(poster: int) -> None:
        for n in range(15):
            post(db, run_id, f"{poster}-{n}")

    follower = threads.submit(follow)
    try:
        list(threads.map(write, range(6)))
    finally:
        done.set()

    stored = frames(db, run_id)
    assert follower.result(PATIENCE_S) == [frame_id for frame_id, _ in stored]
    assert stored == rows(owner, run_id)
    assert len(stored) == 6 * 15
    for poster in range(6):
        own = [frame_id for frame_id, _ in stored if frame_id.startswith(f"{poster}-")]
        assert own == [f"{poster}-{n}" for n in range(15)]


def test_of_many_copies_of_a_frame_one_is_accepted_and_all_name_its_seq(
    db: Database, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    together = Barrier(8)

    def send(n: int) -> inbox.Accepted:
        together.wait(PATIENCE_S)
        return post(db, run_id, "f1")

    answers = list(threads.map(send, range(8)))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert {answer.seq for answer in answers} == {2}
    assert frames(db, run_id) == [("f1", 2)]


def test_of_many_frames_that_claim_one_id_one_is_accepted_and_the_others_conflict(
    db: Database, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    together = Barrier(8)

    def send(n: int) -> bool:
        together.wait(PATIENCE_S)
        try:
            post(db, run_id, "f1", text=f"text {n}")
        except Conflict:
            return False
        return True

    assert sum(threads.map(send, range(8))) == 1
    assert frames(db, run_id) == [("f1", 2)]


def test_a_frame_that_waits_for_a_cancel_request_stands_behind_it(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    with db.transaction() as tx:
        tx.one(log.SQL["lock_head"], run_id=run_id)
        asked = threads.submit(cancel, db, run_id)
        until_blocked(owner, 1)
        posted = threads.submit(post, db, run_id, "f1")
        until_blocked(owner, 2)

    assert asked.result(PATIENCE_S).status == "canceling"
    assert posted.result(PATIENCE_S).seq == 3
    types = [event.type for event in events_after(db, run_id, 1)]
    assert types == ["run.cancel_requested", "frame.accepted"]
