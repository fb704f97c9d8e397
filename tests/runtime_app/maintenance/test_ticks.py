"""Who claims a tick does the job."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from beat_schedule import BEAT
from runtime_app.db.database import Database
from runtime_app.maintenance.ticks import Answer, Tick, claim, once
from runtime_app.observability import telemetry
from tests.support.postgres import Session

NOW_S = int(time.time()) // 60 * 60
TICK = Tick("maintenance.test", NOW_S, 60, 10)
NEXT = replace(TICK, tick_s=NOW_S + 60)


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The results of the ticks that were told."""
    heard: list[str] = []

    def hear(name: str, _value: float, labels: object) -> None:
        if name == "beat.ran":
            heard.append(labels["result"])  # type: ignore[index]

    telemetry.subscribe(hear)
    yield heard
    telemetry.unsubscribe(hear)


def test_a_tick_is_done_once(db: Database, told: list[str]):
    done = [once(db, TICK, lambda: 7) for _ in range(3)]

    assert done == [7, None, None]
    assert told == ["succeeded", "taken", "taken"]


def test_a_late_message_finds_its_tick_taken_by_a_later_one(db: Database, told: list[str]):
    assert once(db, NEXT, lambda: 1) == 1
    assert once(db, TICK, lambda: 2) is None
    assert told == ["succeeded", "taken"]


def test_jobs_do_not_know_of_each_other(db: Database):
    assert once(db, TICK, lambda: 1) == 1
    assert once(db, replace(TICK, job="maintenance.other"), lambda: 2) == 2


def test_a_tick_that_comes_while_the_job_is_at_work_is_missed(db: Database, told: list[str]):
    assert once(db, TICK, lambda: once(db, NEXT, lambda: 1) or 2) == 2
    assert told == ["busy", "succeeded"]


def test_a_worker_that_died_keeps_the_job_until_its_time_has_passed(db: Database, owner: Session):
    assert claim(db, TICK) is Answer.CLAIMED
    assert claim(db, NEXT) is Answer.BUSY
    owner.run("update runtime.beat_jobs set running_until = now() - interval '1 ms'")
    assert claim(db, NEXT) is Answer.CLAIMED


def test_a_claim_lasts_as_long_as_the_job_may_take(db: Database, owner: Session):
    claim(db, replace(TICK, takes_s=240))
    assert owner.value("select running_until - begun_at from runtime.beat_jobs").seconds == 240


def test_a_tick_that_failed_is_not_tried_again_and_the_next_is_free(
    db: Database, owner: Session, told: list[str]
):
    def fail() -> int:
        raise ZeroDivisionError

    assert once(db, TICK, lambda: 1) == 1
    before = owner.value("select succeeded_at from runtime.beat_jobs")
    with pytest.raises(ZeroDivisionError):
        once(db, NEXT, fail)

    row = owner.rows("select succeeded_at, running_until, last_result from runtime.beat_jobs")
    assert row == [(before, None, "failed")]
    assert claim(db, NEXT) is Answer.TAKEN
    assert told == ["succeeded", "failed"]


def test_the_end_of_a_job_that_took_too_long_leaves_the_next_alone(db: Database, owner: Session):
    def overtaken() -> int:
        owner.run("update runtime.beat_jobs set running_until = now() - interval '1 ms'")
        assert claim(db, NEXT) is Answer.CLAIMED
        return 1

    assert once(db, TICK, overtaken) == 1
    [row] = owner.rows(
        "select last_tick_s, running_until > now(), succeeded_at, last_result"
        " from runtime.beat_jobs"
    )
    assert row == (NEXT.tick_s, True, None, None)


def test_a_sweep_goes_on_when_beats_clock_is_ahead_or_behind_by_many_intervals(
    db: Database, owner: Session
):
    beat = next(beat for beat in BEAT if beat.every_s == 2)
    now_s = float(owner.value("select extract(epoch from now())"))
    for off_s in (-50.0, -30.0, 20.0, 50.0):
        ticks = [beat.tick_s(now_s + off_s + 2 * n) for n in range(3)]
        brought = [Tick(f"maintenance.{off_s}", each, beat.ahead_s, 10) for each in ticks]
        assert [once(db, each, lambda: 1) for each in brought] == [1, 1, 1]


def test_a_tick_on_record_that_lies_too_far_ahead_is_void(db: Database, owner: Session):
    """As after the database's clock was set back; the record of one within bounds stands."""
    assert once(db, NEXT, lambda: 1) == 1
    assert claim(db, TICK) is Answer.TAKEN
    owner.run("update runtime.beat_jobs set last_tick_s = last_tick_s + 86400")
    assert once(db, TICK, lambda: 2) == 2
    assert owner.value("select last_tick_s from runtime.beat_jobs") == TICK.tick_s


def test_a_clock_that_is_far_ahead_claims_nothing(db: Database, told: list[str]):
    assert once(db, replace(TICK, tick_s=NOW_S + 7 * 86_400), lambda: 1) is None
    assert once(db, TICK, lambda: 2) == 2
    assert told == ["ahead", "succeeded"]
