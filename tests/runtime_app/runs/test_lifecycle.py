"""Starting, cancelling and ending a run: its row and its log say the same, whoever asks twice."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import Conflict, Forbidden, HeadMoved, InvalidRequest, NotFound, RunClosed
from runtime_app.events import log
from runtime_app.runs import lifecycle, store
from runtime_app.runs.ending import ending
from runtime_app.runs.lifecycle import CancelAnswer, Started
from runtime_app.runs.ownership import owned
from runtime_app.runs.run import Run
from runtime_app.security.principal import Principal
from tests.support.api import fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, listening, until_blocked
from tests.support.runs import (
    DEFAULTS,
    LIMITS,
    ORIGIN,
    OWNER,
    SLOTS,
    THREAD,
    append,
    cancel,
    delta,
    ended_run,
    events_after,
    finish,
    finished,
    fresh_run,
    granted,
    request,
    start,
)


def found(db: Database, run_id: str) -> Run:
    run = store.get(db, run_id)
    assert run is not None
    return run


def test_a_start_is_a_row_a_head_and_an_event(db: Database, recorder: RecordingDispatcher):
    started = start(db, "run-1", metadata={"a": 1}, tool_policy={"deny": ["calc"]})
    assert started == Started("run-1", "accepted", 1, replayed=False)

    run = found(db, "run-1")
    [event] = events_after(db, "run-1", 0)
    assert (run.owner, run.thread_id, run.mode, run.model) == (
        OWNER,
        THREAD,
        "turn",
        "scripted/echo",
    )
    assert event.type == "run.accepted"
    assert event.payload["metadata"] == {"a": 1}
    assert event.payload["tool_policy"] == {"deny": ["calc"]}
    assert event.payload["caps"]["steps"] == run.caps.steps == DEFAULTS.caps.steps
    assert (run.latest_seq, run.closed, run.cancel_requested) == (1, False, False)
    assert recorder.jobs == []


def test_a_start_without_an_id_gets_one_of_its_own(db: Database):
    one, two = start(db), start(db)

    assert one.run_id != two.run_id
    assert found(db, one.run_id).latest_seq == 1


def test_the_same_start_again_finds_the_run_as_it_is_now(db: Database):
    start(db, "run-1")
    cancel(db, "run-1")

    assert start(db, "run-1") == Started("run-1", "canceling", 2, replayed=True)
    assert len(events_after(db, "run-1", 0)) == 2


def test_an_id_that_stands_for_another_run_is_refused_and_nothing_changes(db: Database):
    start(db, "run-1")
    with pytest.raises(Conflict, match="other content"):
        start(db, "run-1", content="content-2")
    with pytest.raises(Forbidden):
        start(db, "run-1", owner=Principal(user_id=43))
    with pytest.raises(Forbidden):
        start(db, "run-1", owner=Principal(guest_scope="42"), content="content-2")

    assert len(events_after(db, "run-1", 0)) == 1
    assert found(db, "run-1").owner == OWNER


def test_a_guest_may_own_a_run(db: Database):
    guest = Principal(guest_scope="browser-7")
    start(db, "run-1", owner=guest)

    assert owned(db, "run-1", THREAD, guest).owner == guest
    with pytest.raises(Forbidden):
        owned(db, "run-1", THREAD, OWNER)


def test_caps_can_only_be_lowered_and_a_wrong_one_starts_nothing(db: Database):
    start(db, "run-1", caps={"steps": 1, "tokens": 10**9})
    assert found(db, "run-1").caps.steps == 1
    assert found(db, "run-1").caps.tokens == DEFAULTS.caps.tokens

    with pytest.raises(InvalidRequest):
        start(db, "run-2", caps={"steps": 0})
    assert store.get(db, "run-2") is None


def test_of_two_starts_at_once_one_is_the_first_and_the_other_finds_it(
    db: Database, owner: Session
):
    run_id = fresh()
    with ThreadPoolExecutor(1) as other:
        with db.transaction() as tx:
            first = start_in(tx, run_id)
            second = other.submit(start, db, run_id)
            until_blocked(owner)
        assert first == Started(run_id, "accepted", 1, replayed=False)
        assert second.result(PATIENCE_S) == Started(run_id, "accepted", 1, replayed=True)


def test_a_start_that_is_undone_leaves_the_id_to_the_one_that_waits(db: Database, owner: Session):
    run_id = fresh()

    def undone() -> None:
        with db.transaction() as tx:
            start_in(tx, run_id)
            waiting.append(other.submit(start, db, run_id))
            until_blocked(owner)
            raise ZeroDivisionError

    waiting: list[Future[Started]] = []
    with ThreadPoolExecutor(1) as other:
        with pytest.raises(ZeroDivisionError):
            undone()
        assert waiting[0].result(PATIENCE_S) == Started(run_id, "accepted", 1, replayed=False)


def test_a_cancel_request_is_an_event_a_status_and_a_wake_up(
    db: Database, recorder: RecordingDispatcher, database_url: str
):
    run_id = fresh_run(db)
    with listening(database_url, "run_control") as notified:
        assert cancel(db, run_id) == CancelAnswer("canceling", replayed=False)
        assert notified() == [run_id]

    run = found(db, run_id)
    assert (run.status, run.cancel_requested, run.latest_seq) == ("canceling", True, 2)
    assert recorder.jobs == [StepRun(run_id)]


def test_once_is_enough_and_an_ended_run_stays_as_it_is(db: Database):
    run_id = fresh_run(db)
    cancel(db, run_id)
    assert cancel(db, run_id) == CancelAnswer("canceling", replayed=True)
    assert found(db, run_id).latest_seq == 2

    ended = ended_run(db)
    assert cancel(db, ended) == CancelAnswer("completed", replayed=True)
    assert found(db, ended).latest_seq == 2


def test_only_the_owner_in_the_runs_thread_may_cancel(db: Database):
    run_id = fresh_run(db)
    for caller, thread_id in ((Principal(user_id=43), THREAD), (OWNER, "thread-2")):
        with pytest.raises(Forbidden), db.transaction() as tx:
            lifecycle.request_cancel(tx, run_id, thread_id, caller, None, ORIGIN)
    with pytest.raises(NotFound):
        cancel(db, "nobody")

    assert found(db, run_id).latest_seq == 1


def test_the_end_is_in_the_row_as_in_the_log(db: Database):
    run_id = fresh_run(db)
    [event] = finish(db, granted(db, run_id)).events

    run = found(db, run_id)
    assert (run.status, run.terminal_reason_class, run.closed) == ("completed", "completed", True)
    assert run.terminal_at == event.occurred_at
    assert run.terminal_reason is None


def test_the_row_of_an_ended_run_is_final(db: Database):
    run_id = ended_run(db)
    before = found(db, run_id)
    with pytest.raises(RunClosed), db.transaction() as tx:
        log.append(tx, run_id, [finished()], condition=ending(SLOTS))

    assert found(db, run_id) == before


def test_the_end_is_undone_with_its_transaction(db: Database):
    run_id = fresh_run(db)

    def undone() -> None:
        with db.transaction() as tx:
            log.append(tx, run_id, [finished()], condition=ending(SLOTS))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert (found(db, run_id).status, found(db, run_id).closed) == ("accepted", False)


def test_the_runs_of_a_thread_come_newest_first_and_bounded(db: Database):
    thread_id = fresh("thread")
    ids = [fresh_run(db, thread_id=thread_id) for _ in range(3)]
    fresh_run(db)

    assert [run.run_id for run in store.of_thread(db, thread_id, 10)] == ids[::-1]
    assert [run.run_id for run in store.of_thread(db, thread_id, 2)] == ids[:0:-1]


@pytest.mark.parametrize(
    "row",
    [
        "status = 'lost'",
        "owner_guest_scope = 'both'",
        "owner_user_id = null",
        "status = 'completed'",
        "terminal_at = now(), terminal_reason_class = 'completed'",
        "mode = 'forever'",
        "thread_id = 'with space'",
    ],
)
def test_the_database_refuses_an_impossible_run(db: Database, owner: Session, row: str):
    run_id = fresh_run(db)
    with pytest.raises(Exception, match=r"violates (check|foreign key) constraint"):
        owner.run(f"update runtime.runs set {row} where run_id = %(id)s", id=run_id)


def test_the_status_of_the_row_moves_with_the_events_or_not_at_all(db: Database):
    run_id = fresh_run(db)
    append(db, run_id, delta("a"), status="running")
    assert found(db, run_id).status == "running"
    with pytest.raises(HeadMoved):
        append(db, run_id, delta("b"), status="waiting_input", expected_seq=1)
    append(db, run_id, delta("b"))

    assert found(db, run_id).status == "running"


def test_a_status_that_was_decided_before_a_cancel_request_does_not_hide_it(db: Database):
    run_id = fresh_run(db)
    append(db, run_id, delta("a"), status="running")
    cancel(db, run_id)
    append(db, run_id, delta("b"), status="waiting_tool")

    assert found(db, run_id).status == "canceling"


def start_in(tx: Transaction, run_id: str) -> Started:
    """Start a run in a transaction that goes on."""
    return lifecycle.start_run(
        tx, request(run_id), OWNER, DEFAULTS, datetime.now(UTC), ORIGIN, LIMITS
    )
