"""The last answer of a run and its end are one commit, unless somebody has come between them."""

from concurrent.futures import ThreadPoolExecutor

from runtime_app.db.database import Database
from runtime_app.events.event import Event
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.leases import store as leases
from runtime_app.runs import store as runs
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session
from tests.support.runs import (
    LIMITS,
    ORIGIN,
    OWNER,
    THREAD,
    events_after,
    fresh_run,
    post,
    until_head,
)

#: Longer than anybody who comes between takes; how long it is decides nothing.
SLOW = "scripted/tokens?n=20&delay_ms=50"
#: The first words of an answer are in the log: run, frame, turn, message, step, call, part, delta.
SPEAKING = 8


def ends(db: Database, run_id: str) -> tuple[Event, Event]:
    """The end of the last step, and of the run."""
    events = events_after(db, run_id, 0)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    finished = [event for event in events if event.type == "step.finished"]
    assert [event.type for event in events].count("run.finished") == 1
    return finished[-1], events[-1]


def test_the_last_answer_and_the_end_are_one_commit(
    db: Database, recorder: RecordingDispatcher, owner: Session
) -> None:
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "finished"

    step, end = ends(db, run_id)
    assert (end.seq, end.occurred_at) == (step.seq + 1, step.occurred_at)
    run = runs.get(db, run_id)
    assert run is not None
    assert (run.status, run.terminal_at, run.closed) == ("completed", end.occurred_at, True)
    left = "select count(*) from runtime.{} where run_id = %(id)s"
    assert owner.rows(left.format("run_leases"), id=run_id) == [(0,)]
    held = "select count(*) from runtime.slots where %(id)s = any(holders)"
    assert owner.rows(held, id=run_id) == [(0,)]


def interrupted(
    db: Database, recorder: RecordingDispatcher, threads: ThreadPoolExecutor, frame_type: str
) -> tuple[str, int]:
    """A run that gets another frame while its model answers, and ends; the frame's seq."""
    run_id = fresh_run(db, model=SLOW)
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        stepping = threads.submit(steps.step, run_id)
        until_head(db, run_id, SPEAKING)
        payload = {} if frame_type == "cancel" else {"text": "by the way"}
        frame = Frame("f2", frame_type, payload)
        with db.transaction() as tx:
            accepted = inbox.accept(tx, run_id, THREAD, OWNER, frame, ORIGIN, LIMITS)
        assert stepping.result(PATIENCE_S) == "finished"
    return run_id, accepted.seq


def test_an_answer_that_somebody_came_into_is_stored_before_it_is_decided_what_follows(
    db: Database, recorder: RecordingDispatcher, threads: ThreadPoolExecutor
) -> None:
    run_id, seq = interrupted(db, recorder, threads, "context")
    step, end = ends(db, run_id)
    assert seq < step.seq < end.seq
    assert step.occurred_at < end.occurred_at
    assert end.payload["status"] == "completed"


def test_a_message_that_comes_while_the_model_answers_is_answered(
    db: Database, recorder: RecordingDispatcher, threads: ThreadPoolExecutor
) -> None:
    run_id, _ = interrupted(db, recorder, threads, "user_message")
    step, end = ends(db, run_id)
    assert [e.type for e in events_after(db, run_id, 0)].count("message.user") == 2
    assert step.occurred_at == end.occurred_at  # nobody came into the second answer


def test_a_cancel_that_comes_while_the_model_answers_is_the_end(
    db: Database, recorder: RecordingDispatcher, threads: ThreadPoolExecutor
) -> None:
    run_id, seq = interrupted(db, recorder, threads, "cancel")
    events = events_after(db, run_id, 0)
    assert (events[-1].type, events[-1].payload["status"]) == ("run.finished", "canceled")
    assert seq < events[-1].seq
    assert not [event for event in events if event.type == "step.finished"]


def test_a_run_that_was_ended_with_its_answer_is_stepped_no_more(
    db: Database, recorder: RecordingDispatcher
) -> None:
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        steps.step(run_id)
        assert steps.step(run_id) == "closed"
    assert leases.expired(db, 10) == []
