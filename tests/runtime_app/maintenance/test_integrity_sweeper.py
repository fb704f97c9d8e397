"""What was not anchored is, and what nobody asked about is checked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime_app.anchors.anchoring import anchor_run
from runtime_app.anchors.integrity import check
from runtime_app.anchors.places import Anchors
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.maintenance.integrity_sweeper import SAMPLE, anchor_runs, verify_sample
from runtime_app.observability import telemetry
from tests.support.anchors import anchors_in
from tests.support.postgres import Session, session
from tests.support.runs import append, delta, ended_run, fresh_run

CLOCK = SystemClock()


@pytest.fixture
def owner(database_url: str) -> Iterator[Session]:
    with session(database_url) as owner:
        yield owner


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


def test_an_ended_run_whose_message_was_lost_is_anchored_by_the_sweep(
    db: Database, anchors: Anchors
):
    run_id = ended_run(db)
    assert check(db, anchors, run_id).anchored_to is None
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 1
    assert check(db, anchors, run_id).anchored_to == 2
    assert anchor_runs(db, anchors, CLOCK, ended_for_s=0) == 0


def test_a_run_that_has_just_ended_is_left_to_its_own_job(db: Database, anchors: Anchors):
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


def test_without_anchors_nothing_is_swept(db: Database):
    ended_run(db)
    assert anchor_runs(db, None, CLOCK, ended_for_s=0) == 0


def test_a_sample_checks_ended_runs_and_tells_what_it_finds(
    db: Database, anchors: Anchors, owner: Session, results: list[str]
):
    assert verify_sample(db, anchors) == 0
    run_id = ended_run(db)
    assert verify_sample(db, anchors) == 1
    owner.run("update runtime.run_events set payload = '{}' where run_id = %(id)s", id=run_id)
    assert verify_sample(db, anchors) == 1
    assert results == ["sound", "broken"]


def test_a_sample_is_no_larger_than_it_says(db: Database, results: list[str]):
    for _ in range(5):
        ended_run(db)
    assert 1 <= verify_sample(db, None) <= min(5, SAMPLE)
