"""The log on a real server: what an append writes, refuses and causes, and how it is read back."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.errors import EpochSuperseded, HeadMoved, NotFound, RunClosed
from runtime_app.events import log
from runtime_app.events.channel import parse_run_event
from runtime_app.events.event import NewEvent, Origin
from runtime_app.events.integrity import verify
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, listening
from tests.support.runs import (
    append,
    cancel,
    delta,
    ended_run,
    ended_text,
    events_after,
    finished,
    fresh_run,
    granted,
    progress,
)


def test_an_append_returns_the_events_as_a_reader_finds_them(db: Database):
    run_id = fresh_run(db)
    appended = append(db, run_id, delta("a"), ended_text("ab"))

    assert appended.seq == 3
    assert list(appended.events) == events_after(db, run_id, 1)
    assert [(event.seq, event.type) for event in appended.events] == [
        (2, "text.delta"),
        (3, "text.ended"),
    ]
    assert appended.events[1].payload == {"part_id": "p1.1.0", "text": "ab"}


def test_events_are_stamped_by_the_servers_clock_in_utc(db: Database, owner: Session):
    run_id = fresh_run(db)
    before = owner.value("select clock_timestamp()")
    [event] = append(db, run_id, delta("a")).events
    after = owner.value("select clock_timestamp()")

    assert before <= event.occurred_at <= after
    assert event.occurred_at.utcoffset() == timedelta(0)
    assert abs(event.occurred_at - datetime.now(UTC)) < timedelta(seconds=PATIENCE_S)


def test_the_head_moves_with_the_events(db: Database):
    run_id = fresh_run(db)
    before = log.head(db, run_id)
    append(db, run_id, delta("a"), delta("b"))
    after = log.head(db, run_id)

    assert before is not None
    assert after is not None
    assert (before.seq, after.seq) == (1, 3)
    assert before.chain_head != after.chain_head == log.read_links(db, run_id, 2, 1)[0].event_hash
    assert log.head(db, "nobody") is None


def test_an_append_is_undone_with_its_transaction(db: Database, recorder: RecordingDispatcher):
    run_id = fresh_run(db)
    before = log.head(db, run_id)

    def stopped() -> None:
        with db.transaction() as tx:
            log.append(tx, run_id, [NewEvent("run.cancel_requested", {})])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped()

    assert log.head(db, run_id) == before
    assert len(events_after(db, run_id, 0)) == 1
    assert recorder.jobs == []


def test_the_origin_is_stored_with_each_event(db: Database, owner: Session):
    run_id = fresh_run(db)
    append(db, run_id, delta("a"), delta("b"), origin=Origin("trace-7", "request-7"))

    stored = owner.rows(
        "select trace_id, request_id from runtime.run_events where run_id = %(id)s and seq > 1",
        id=run_id,
    )
    assert stored == [("trace-7", "request-7")] * 2


def test_an_append_takes_1_to_256_events(db: Database):
    run_id = fresh_run(db)
    for wrong in (0, 257):
        with pytest.raises(ValueError, match="1 to 256 events"):
            append(db, run_id, *[delta("a")] * wrong)

    assert append(db, run_id, *[delta("a")] * 256).seq == 257
    assert verify(db, run_id).broken is None


def test_a_writer_that_has_decided_on_another_head_is_refused(db: Database):
    run_id = fresh_run(db)
    assert append(db, run_id, delta("a"), expected_seq=1).seq == 2
    for stale in (0, 1, 3):
        with pytest.raises(HeadMoved):
            append(db, run_id, delta("b"), expected_seq=stale)

    assert len(events_after(db, run_id, 0)) == 2


def test_a_writer_of_another_epoch_is_refused(db: Database):
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    assert append(db, run_id, delta("a"), epoch=lease.epoch).seq == 2
    for wrong in (lease.epoch - 1, lease.epoch + 1):
        with pytest.raises(EpochSuperseded):
            append(db, run_id, delta("b"), epoch=wrong)

    assert len(events_after(db, run_id, 0)) == 2


def test_events_carry_the_epoch_under_which_they_were_written(db: Database, owner: Session):
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    append(db, run_id, delta("a"), epoch=lease.epoch)

    epochs = owner.rows(
        "select epoch from runtime.run_events where run_id = %(id)s order by seq", id=run_id
    )
    assert epochs == [(0,), (lease.epoch,)]


def test_a_run_that_has_ended_takes_nothing_more_whatever_the_epoch(db: Database):
    run_id = ended_run(db)
    for authority in ({}, {"epoch": 1}, {"epoch": 99}, {"expected_seq": 99}):
        with pytest.raises(RunClosed):
            append(db, run_id, delta("late"), **authority)

    head = log.head(db, run_id)
    assert head is not None
    assert head.closed_seq == head.seq == 2


def test_a_run_that_is_not_there_is_not_found(db: Database):
    with pytest.raises(NotFound):
        append(db, "nobody", delta("a"))


def test_reading_pages_in_order_from_any_place(db: Database):
    run_id = fresh_run(db)
    append(db, run_id, *[delta(str(n)) for n in range(2, 251)])

    for after, last in ((0, 200), (3, 203), (200, 250), (250, 250)):
        page = log.read_page(db, run_id, after)
        assert [event.seq for event, _ in page] == list(range(after + 1, last + 1))


def test_a_fold_of_large_events_reads_all_of_them_page_by_page(db: Database):
    run_id = fresh_run(db)
    for _ in range(12):
        append(db, run_id, ended_text("x" * 200_000), delta("d"))
    seqs = [event.seq for event in log.read_for_fold(db, run_id)]
    assert seqs == [1, *range(2, 25, 2), 25]
    assert [event.seq for event in log.read_for_fold(db, run_id, after=7)] == [*range(8, 25, 2), 25]


def test_the_fold_reads_no_delta_and_no_progress_but_always_the_head(db: Database):
    run_id = fresh_run(db)
    append(db, run_id, delta("a"), progress(1), ended_text("ab"), delta("c"))
    assert [event.seq for event in log.read_for_fold(db, run_id)] == [1, 4, 5]

    append(db, run_id, ended_text("abc"))
    assert [event.seq for event in log.read_for_fold(db, run_id)] == [1, 4, 6]
    assert [event.seq for event in log.read_for_fold(db, run_id, after=4)] == [6]


@pytest.mark.parametrize("number", [1e21, -0.0, 1e-7, 1.7976931348623157e308, 5e-324, 2**53 - 1])
def test_a_number_is_stored_as_the_text_that_is_hashed(db: Database, owner: Session, number: float):
    run_id = fresh_run(db)
    append(db, run_id, progress({"n": number}))

    assert verify(db, run_id).broken is None
    [event] = events_after(db, run_id, 1)
    read = event.payload["data"]["n"]
    assert math.isclose(read, number, rel_tol=0, abs_tol=0)


def test_what_json_cannot_carry_is_made_safe_and_said(db: Database):
    run_id = fresh_run(db)
    [event] = append(db, run_id, ended_text("a\x00b\ud800")).events

    assert event.payload == {"part_id": "p1.1.0", "text": "a\ufffdb\ufffd", "made_safe": True}
    assert events_after(db, run_id, 1) == [event]
    assert verify(db, run_id).broken is None


def test_one_append_notifies_once_with_the_head_that_readers_may_read(
    db: Database, database_url: str
):
    run_id = fresh_run(db)
    with listening(database_url, "run_events") as notified:
        append(db, run_id, delta("a"), delta("b"))

        assert [parse_run_event(payload) for payload in notified()] == [(run_id, 3)]


def test_a_cancel_request_notifies_control_once_and_comes_back_with_each_append(
    db: Database, database_url: str
):
    run_id = fresh_run(db)
    with listening(database_url, "run_control") as notified:
        assert not append(db, run_id, delta("a")).cancel_requested
        cancel(db, run_id)
        assert append(db, run_id, delta("b")).cancel_requested
        append(db, run_id, NewEvent("run.cancel_requested", {}))

        assert notified() == [run_id]


def test_events_cause_the_jobs_that_the_catalogue_names(
    db: Database, recorder: RecordingDispatcher
):
    run_id = fresh_run(db)
    assert recorder.jobs == []
    call = {"tool_call_id": "call_1", "tool_name": "calc", "input": {}, "step": 1}
    append(db, run_id, delta("a"), NewEvent("tool.call", call))
    assert recorder.jobs == [ExecuteTool("call_1")]

    append(db, run_id, NewEvent("run.cancel_requested", {}), delta("b"))
    assert recorder.jobs == [ExecuteTool("call_1"), StepRun(run_id)]


def test_an_append_that_is_refused_causes_nothing(
    db: Database, recorder: RecordingDispatcher, database_url: str
):
    run_id = fresh_run(db)
    with listening(database_url, "run_events") as notified:
        with pytest.raises(HeadMoved):
            append(db, run_id, NewEvent("run.cancel_requested", {}), expected_seq=7)

        assert notified() == []
    assert recorder.jobs == []


def test_the_end_closes_the_log_at_its_own_seq(db: Database):
    run_id = fresh_run(db)
    assert append(db, run_id, ended_text("a"), finished()).seq == 3

    head = log.head(db, run_id)
    assert head is not None
    assert head.closed_seq == 3


def test_the_server_refuses_a_second_end_even_past_the_door(db: Database, owner: Session):
    run_id = ended_run(db)
    with pytest.raises(Exception, match="duplicate key value"):
        owner.run(
            "insert into runtime.run_events select run_id, seq + 1, event_type, event_version,"
            " event_class, payload, payload_hash, prev_hash, event_hash, occurred_at, epoch"
            " from runtime.run_events where run_id = %(id)s and event_type = 'run.finished'",
            id=run_id,
        )
