"""When beat sends what: each job at its ticks, and each message with the tick that it is for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from celery.beat import BeatLazyFunc
from celery.schedules import schedstate, schedule

from beat_schedule import BEAT, Beat
from runtime_app.clock import SystemClock

_CLOCK = SystemClock()
_NEVER = datetime.fromtimestamp(0, UTC)


class EachTick(schedule):
    """Due as soon as a tick has come since the last message, so at once when beat starts.

    A job that is due once a day is therefore not put off by a beat that starts anew every day.
    """

    def __init__(self, beat: Beat) -> None:
        super().__init__(beat.every_s)
        self._beat = beat

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Whether it is due, and in how many seconds it is (again)."""
        now_s = _CLOCK.now().timestamp()
        tick_s = self._beat.tick_s(now_s)
        next_s = tick_s + self._beat.every_s - now_s
        return schedstate(last_run_at.timestamp() < tick_s, next_s)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._beat,)


def entries() -> Mapping[str, Mapping[str, Any]]:
    """The rows of `beat_schedule.py` as Celery wants them."""
    return {
        beat.name: {
            "task": beat.job.kind,
            "schedule": EachTick(beat),
            "kwargs": {"tick_s": BeatLazyFunc(_now, beat)},
            "options": {"queue": beat.job.queue, "expires": beat.expires_s},
            "last_run_at": _NEVER,
        }
        for beat in BEAT
    }


def _now(beat: Beat) -> int:
    return beat.tick_s(_CLOCK.now().timestamp())
