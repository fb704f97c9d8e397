"""Accepting frames on a real server: once each, in order, and only from the owner."""

from dataclasses import replace
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import Conflict, Forbidden, InvalidRequest, NotFound
from runtime_app.events import log
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.frames.inbox import Accepted
from runtime_app.leases import store as leases
from runtime_app.runs import store as runs
from runtime_app.security.principal import Principal
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import (
    LIMITS,
    ORIGIN,
    OWNER,
    THREAD,
    append,
    cancel,
    delta,
    ended_run,
    events_after,
    finish,
    fresh_run,
    granted,
    post,
)


def send(
    db: Database,
    run_id: str,
    frame_type: str = "user_message",
    payload: dict[str, Any] | None = None,
    frame_id: str = "f1",
    occurred_at: str | None = None,
    thread_id: str = THREAD,
    caller: Principal = OWNER,
) -> Accepted:
    given = {"text": "hello"} if payload is None else payload
    frame = Frame(frame_id, frame_type, given, occurred_at)
    with db.transaction() as tx:
        return inbox.accept(tx, run_id, thread_id, caller, frame, ORIGIN, LIMITS)


def test_a_frame_is_an_event_of_its_run_and_wakes_its_executor(
    db: Database, recorder: RecordingDispatcher
):
    run_id = fresh_run(db)
    assert send(db, run_id, occurred_at="2026-01-02T03:04:05Z") == Accepted(2, replayed=False, at=2)

    [event] = events_after(db, run_id, 1)
    assert event.type == "frame.accepted"
    assert event.payload == {
        "frame_id": "f1",
        "frame_type": "user_message",
        "payload": {"text": "hello"},
        "occurred_at": "2026-01-02T03:04:05Z",
    }
    assert recorder.jobs == [StepRun(run_id)]


def test_the_row_of_a_frame_has_the_seq_of_its_event_whatever_else_is_in_the_log(
    db: Database, owner: Session
):
    run_id = fresh_run(db)
    for n in range(3):
        append(db, run_id, delta("a"), delta("b"))
        assert post(db, run_id, f"f{n}").seq == 4 + 3 * n

    rows = owner.rows("select frame_id, seq from runtime.frames order by seq")
    events = [
        (event.payload["frame_id"], event.seq)
        for event in events_after(db, run_id, 0)
        if event.type == "frame.accepted"
    ]
    assert rows == events == [("f0", 4), ("f1", 7), ("f2", 10)]


@pytest.mark.parametrize("occurred_at", [None, "2026-01-02T03:04:05Z"])
def test_the_same_frame_again_changes_nothing_and_names_the_first_seq(
    db: Database, recorder: RecordingDispatcher, occurred_at: str | None
):
    run_id = fresh_run(db)
    first = send(db, run_id)
    append(db, run_id, delta("a"))

    assert send(db, run_id, occurred_at=occurred_at) == Accepted(
        first.seq, replayed=True, at=first.seq
    )
    assert len(events_after(db, run_id, 0)) == 3
    assert recorder.jobs == [StepRun(run_id)]


@pytest.mark.parametrize(
    ("frame_type", "payload"), [("user_message", {"text": "bye"}), ("context", {"text": "hello"})]
)
def test_the_same_id_with_another_type_or_payload_is_a_conflict(
    db: Database, frame_type: str, payload: dict[str, Any]
):
    run_id = fresh_run(db)
    send(db, run_id)
    with pytest.raises(Conflict, match="another type or payload"):
        send(db, run_id, frame_type, payload)

    assert len(events_after(db, run_id, 0)) == 2


def test_an_id_stands_for_itself_in_each_run(db: Database):
    one, two = fresh_run(db), fresh_run(db)

    assert (
        send(db, one)
        == send(db, two, payload={"text": "other"})
        == Accepted(2, replayed=False, at=2)
    )


def test_an_ended_run_takes_no_new_frame_and_still_knows_the_old(db: Database):
    run_id = fresh_run(db)
    first = send(db, run_id)
    finish(db, granted(db, run_id))

    assert send(db, run_id) == Accepted(first.seq, replayed=True, at=first.seq)
    with pytest.raises(Conflict) as refused:
        send(db, run_id, frame_id="f2")
    assert [detail.field for detail in refused.value.details] == ["run_terminal"]
    with pytest.raises(Conflict, match="another type or payload"):
        send(db, run_id, payload={"text": "bye"})


def test_a_refused_frame_leaves_its_id_free(db: Database, owner: Session):
    run_id = ended_run(db)
    with pytest.raises(Conflict):
        send(db, run_id)

    assert owner.value("select count(*) from runtime.frames") == 0


def test_only_the_owner_in_the_runs_thread_is_heard(db: Database):
    run_id = fresh_run(db)
    with pytest.raises(Forbidden):
        send(db, run_id, caller=Principal(user_id=43))
    with pytest.raises(Forbidden):
        send(db, run_id, caller=Principal(guest_scope="42"))
    with pytest.raises(Forbidden):
        send(db, run_id, thread_id="thread-2")
    with pytest.raises(NotFound):
        send(db, "nobody")

    assert len(events_after(db, run_id, 0)) == 1


def test_a_frame_that_its_type_does_not_take_is_refused_before_anything_is_locked(
    db: Database, owner: Session
):
    run_id = fresh_run(db)
    with db.transaction() as holder:
        holder.one(log.SQL["lock_head"], run_id=run_id)
        with pytest.raises(InvalidRequest):
            send(db, run_id, payload={"text": ""})
        with pytest.raises(InvalidRequest):
            send(db, run_id, "shout")

    assert owner.value("select count(*) from runtime.frames") == 0


def test_a_cancel_frame_is_a_cancel_request_with_its_reason(
    db: Database, recorder: RecordingDispatcher
):
    run_id = fresh_run(db)
    assert send(db, run_id, "cancel", {"reason": "enough"}).seq == 2

    frame, request = events_after(db, run_id, 1)
    run = runs.get(db, run_id)
    assert run is not None
    assert (frame.type, request.type) == ("frame.accepted", "run.cancel_requested")
    assert request.payload == {"reason": "enough"}
    assert (run.status, run.cancel_requested) == ("canceling", True)
    assert recorder.jobs == [StepRun(run_id)]


def test_a_cancel_frame_of_a_run_that_is_being_cancelled_asks_no_second_time(db: Database):
    run_id = fresh_run(db)
    cancel(db, run_id)
    send(db, run_id, "cancel", {})

    types = [event.type for event in events_after(db, run_id, 1)]
    assert types == ["run.cancel_requested", "frame.accepted"]


def test_a_frame_of_a_held_run_wakes_nobody(db: Database, recorder: RecordingDispatcher):
    """Its holder cannot let go without having seen it (tests/concurrency/test_lost_wakeup.py)."""
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    send(db, run_id)
    assert recorder.jobs == []
    send(db, run_id, "cancel", {}, frame_id="f2")
    assert recorder.jobs == [StepRun(run_id)]  # asked for by the cancel request
    assert finish(db, lease).seq == 5


@pytest.mark.parametrize("how", ["expired", "paused"])
def test_a_frame_of_a_run_whose_holder_is_gone_asks_for_another(
    db: Database, recorder: RecordingDispatcher, how: str
):
    run_id = fresh_run(db)
    granted(db, run_id, ttl_s=0 if how == "expired" else 20)
    if how == "paused":
        db.execute(leases.SQL["pause_lease"], run_id=run_id, pause_s=20.0)
    send(db, run_id)
    assert recorder.jobs == [StepRun(run_id)]


def test_a_frame_is_stored_with_the_key_that_signed_it(db: Database, owner: Session):
    run_id = fresh_run(db)
    frame = Frame("f1", "context", {})
    with db.transaction() as tx:
        inbox.accept(tx, run_id, THREAD, OWNER, frame, replace(ORIGIN, key_id="key-7"), LIMITS)
    send(db, run_id, frame_id="f2")
    stored = owner.rows("select frame_id, key_id from runtime.frames order by frame_id")
    assert stored == [("f1", "key-7"), ("f2", None)]
