"""Moments and how they are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.clock import SystemClock, epoch_us, rfc3339

moments = st.datetimes(timezones=st.just(UTC))


def test_the_system_clock_tells_utc_and_never_goes_back():
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    told = [clock.monotonic() for _ in range(100)]
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000000Z"),
        (
            datetime(2026, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-01T22:30:00.000000Z",
        ),
    ],
)
def test_a_moment_is_written_in_utc_with_microseconds(at, text):
    assert rfc3339(at) == text
    assert datetime.fromisoformat(text) == at


@pytest.mark.parametrize(
    ("at", "micros"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), -1),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), 1_767_323_045_000_006),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 253_402_300_799_999_999),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
    ],
)
def test_microseconds_since_the_epoch_are_exact(at, micros):
    assert epoch_us(at) == micros


@settings(deadline=None)
@given(moments)
def test_no_microsecond_is_lost(at):
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch_us(at)) == at
