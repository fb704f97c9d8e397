"""When beat sends what."""

import pickle
from datetime import UTC, datetime

import pytest

from beat_schedule import BEAT, Beat
from runtime_app.dispatch.jobs import PruneNonces
from tasks.ticks import EachTick, entries

DAILY = Beat("daily", PruneNonces, 86_400)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now_s", "tick_s"),
    [(0, 0), (59.9, 0), (60, 60), (119.999, 60), (1_000_000_000.5, 999_999_960)],
)
def test_a_tick_is_the_last_whole_multiple(now_s: float, tick_s: int):
    assert Beat("each minute", PruneNonces, 60).tick_s(now_s) == tick_s


def test_a_job_is_due_when_a_tick_has_come_since_the_last_message():
    every = EachTick(DAILY)
    today_s = DAILY.tick_s(datetime.now(UTC).timestamp())

    before = every.is_due(datetime.fromtimestamp(today_s - 1, UTC))
    after = every.is_due(datetime.fromtimestamp(today_s, UTC))

    assert (before.is_due, after.is_due) == (True, False)
    assert 0 < after.next <= 86_400


def test_every_job_is_due_when_beat_starts():
    """The database knows what has been done; so a restart puts no daily job off."""
    for entry in entries().values():
        assert entry["schedule"].is_due(entry["last_run_at"]).is_due


def test_a_schedule_survives_a_copy():
    copy = pickle.loads(pickle.dumps(EachTick(DAILY)))
    assert copy == EachTick(DAILY)
    assert copy.is_due(at("2020-01-01")).is_due


def test_every_row_has_its_entry():
    assert set(entries()) == {beat.name for beat in BEAT}
