"""What was not anchored is, and what nobody asked about is checked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime_app.anchors import anchoring
from runtime_app.anchors.anchoring import anchor_run
from runtime_app.anchors.integrity import check
from runtime_app.anchors.mismatch import report
from runtime_app.anchors.places import Anchors
from runtime_app.audit import journal
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.events.hashchain import Break
from runtime_app.maintenance.integrity_sweeper import (
    SAMPLE,
    anchor_ended,
    anchor_runs,
    verify_sample,
)
from runtime_app.observability import telemetry
from runtime_app.streaming.event_mapper import parts
from tests.support.anchors import anchors_faraway, anchors_in
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import Session
from tests.support.runs import append, delta, ended_run, ended_text, events_after, fresh_run, post

CLOCK = SystemClock()


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    return anchors_in(tmp_path / "anchors")


@pytest.fixture
def results() -> Iterator[list[str]]:
    """The results that are told of checks."""
    heard: list[str] = []

    def hear(name: str, _value: float, labels: object) -> None:
        if name == "integrity.checked":
            heard.append(dict(labels)["result"])  # type: ignore[call-overload]

    telemetry.subscribe(hear)
    yield heard
    telemetry.unsubscribe(hear)


def test_runs_that_have_just_ended_are_anchored_together(db: Database, anchors: Anchors):
    ended, live = [ended_run(db) for _ in range(anchoring.TOGETHER + 1)], fresh_run(db)
    assert anchor_ended(db, anchors, CLOCK) == len(ended)
    assert {check(db, anchors, run_id).anchored_to for run_id in ended} == {2}
    assert check(db, anchors, live).anchored_to is None
    assert anchor_ended(db, anchors, CLOCK) == 0


def test_a_run_that_ended_long_ago_is_not_looked_for_at_once(
    db: Database, anchors: Anchors, owner: Session
):
    ended_run(db)
    owner.run("update runtime.runs set terminal_at = terminal_at - interval '2 min'")
    assert anchor_ended(db, anchors, CLOCK) == 0


def test_a_store_that_is_in_doubt_is_not_asked_for_every_run(
    db: Database, anchors: Anchors, owner: Session, results: list[str], tmp_path: Path
):
    ended = [ended_run(db) for _ in range(anchoring.TOGETHER + 1)]
    assert anchor_ended(db, anchors, CLOCK) == len(ended)
    owner.run("delete from runtime.run_anchors")
    stranger = anchors_in(tmp_path / "anchors", "stranger:0123456789abcdef")
    assert anchor_ended(db, stranger, CLOCK) == 0
    assert results[len(ended) :] == ["unknown"] * anchoring.TOGETHER


def test_an_ended_run_that_was_missed_is_anchored_by_the_sweep(db: Database, anchors: Anchors):
    run_id = ended_run(db)
    assert check(db, anchors, run_id).anchored_to is None
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 1
    assert check(db, anchors, run_id).anchored_to == 2
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 0


def test_a_run_that_has_just_ended_is_not_the_sweep_s(db: Database, anchors: Anchors):
    ended_run(db)
    assert anchor_runs(db, anchors, CLOCK) == 0


def test_a_run_that_goes_on_is_anchored_again_when_it_has_grown(db: Database, anchors: Anchors):
    run_id = fresh_run(db)
    assert anchor_runs(db, anchors, CLOCK) == 0
    assert anchor_runs(db, anchors, CLOCK, goes_on_for_s=0) == 1
    assert anchor_runs(db, anchors, CLOCK, goes_on_for_s=0) == 0
    append(db, run_id, delta("more"))
    assert anchor_runs(db, anchors, CLOCK) == 0
    assert anchor_runs(db, anchors, CLOCK, goes_on_for_s=0) == 1
    assert check(db, anchors, run_id).anchored_to == 2


def test_a_run_that_ends_after_its_anchor_gets_one_of_its_end(db: Database, anchors: Anchors):
    run_id = ended_run(db)
    other = fresh_run(db)
    anchor_run(db, anchors, other, CLOCK)
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 1
    assert check(db, anchors, run_id).anchored_to == 2


def test_a_broken_log_is_told_and_keeps_no_other_from_its_anchor(
    db: Database, anchors: Anchors, owner: Session, results: list[str]
):
    whole, broken = ended_run(db), ended_run(db)
    owner.run("update runtime.run_events set payload = '{}' where run_id = %(id)s", id=broken)
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 1
    assert sorted(results) == ["broken", "sound"]
    assert check(db, anchors, whole).anchored_to == 2


def test_while_the_bucket_is_away_every_run_is_looked_at_and_nobody_can_say(
    db: Database, tmp_path: Path, results: list[str]
):
    faraway = anchors_faraway(tmp_path)
    for _ in range(2):
        ended_run(db)
    (tmp_path / "away").touch()
    assert anchor_runs(db, faraway, CLOCK, ended_for_s=0) == 0
    assert results == ["unknown", "unknown"]
    fresh_run(db)
    checked = verify_sample(db, faraway)
    assert checked >= 2
    assert results == ["unknown"] * (2 + checked)
    (tmp_path / "away").unlink()
    assert anchor_runs(db, faraway, CLOCK, ended_for_s=0) == 2


def test_without_anchors_nothing_is_swept(db: Database):
    ended_run(db)
    assert anchor_runs(db, None, CLOCK, ended_for_s=0) == 0
    assert anchor_ended(db, None, CLOCK) == 0


def test_a_sample_checks_ended_runs_and_tells_what_it_finds(
    db: Database, anchors: Anchors, owner: Session, results: list[str]
):
    assert verify_sample(db, anchors) == 0
    run_id = ended_run(db)
    assert verify_sample(db, anchors) == 1
    owner.run("update runtime.run_events set payload = '{}' where run_id = %(id)s", id=run_id)
    assert verify_sample(db, anchors) == 1
    assert results == ["sound", "broken"]


def test_a_live_run_that_is_broken_gets_an_event_and_an_act_once(
    db: Database, anchors: Anchors, owner: Session
):
    run_id = fresh_run(db)
    append(db, run_id, ended_text("what was said"))
    owner.run(
        "update runtime.run_events set payload = '{}' where run_id = %(id)s and seq = 2", id=run_id
    )
    for _ in range(3):
        assert verify_sample(db, anchors) == 1
    assert anchor_runs(db, anchors, CLOCK, goes_on_for_s=0) == 0

    said = {"seq": 2, "reason": "payload differs from its payload_hash"}
    [told] = [e for e in events_after(db, run_id, 2) if e.type == "integrity.mismatch"]
    assert (told.seq, told.payload) == (3, said)
    [act] = journal.latest(db, act="integrity.mismatch")
    assert (act.target, act.role, act.reason) == (run_id, "runtime", said["reason"])
    assert journal.verify(db).flaw is None


def test_an_ended_run_that_is_broken_stays_closed_and_gets_an_act(
    db: Database, anchors: Anchors, owner: Session
):
    run_id = ended_run(db)
    owner.run("update runtime.run_events set payload = '{}' where run_id = %(id)s", id=run_id)
    assert anchor_run(db, anchors, run_id, CLOCK) == "broken"
    assert verify_sample(db, anchors) == 1
    assert [e.type for e in events_after(db, run_id, 0)] == ["run.accepted", "run.finished"]
    assert [act.target for act in journal.latest(db, act="integrity.mismatch")] == [run_id]


def test_a_log_that_goes_on_past_its_head_gets_no_event_and_an_act(
    db: Database, anchors: Anchors, owner: Session
):
    run_id = fresh_run(db)
    append(db, run_id, ended_text("one"))
    owner.run("update runtime.run_heads set seq = 1 where run_id = %(id)s", id=run_id)
    assert verify_sample(db, anchors) == 1
    assert [act.target for act in journal.latest(db, act="integrity.mismatch")] == [run_id]
    assert owner.value("select max(seq) from runtime.run_events") == 2


def test_an_event_of_a_mismatch_takes_a_run_nowhere_and_no_reader_sees_it(
    db: Database, recorder: RecordingDispatcher
):
    """The run answers as it would have."""
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    report(db, run_id, Break(1, "payload differs from its payload_hash"))
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "finished"
    events = events_after(db, run_id, 0)
    assert [e.type for e in events].count("integrity.mismatch") == 1
    assert events[-1].payload["status"] == "completed"
    assert all(parts(run_id, e) == [] for e in events if e.type == "integrity.mismatch")


def test_a_sample_is_no_larger_than_it_says(db: Database, results: list[str]):
    for _ in range(5):
        ended_run(db)
    assert 1 <= verify_sample(db, None) <= min(5, SAMPLE)
