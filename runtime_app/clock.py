"""The only place that reads a clock.

Wall time names moments in rows; monotonic time measures durations and deadlines. The two are never
mixed, and what expires in the database is decided by the database's own clock.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a shell needs to know of time."""

    def now(self) -> datetime:
        """The wall time, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin that never go backwards."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def rfc3339(at: datetime) -> str:
    """`at` as RFC 3339 in UTC with microseconds and `Z`: 2026-01-02T03:04:05.000006Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def epoch_us(at: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z, without a float in between."""
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
