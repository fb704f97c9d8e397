"""The shell of every task that beat asks for: claim the tick, then do the work."""

from collections.abc import Callable
from typing import Any

from beat_schedule import BEAT
from runtime_app.dispatch.jobs import Job
from runtime_app.maintenance.ticks import Tick, once
from tasks.app import app
from tasks.worker import runtime

_BEATS = {beat.job: beat for beat in BEAT}


def periodic(job: type[Job]) -> Callable[[Callable[[], int]], Any]:
    """Make a function the task of `job`, done once a tick whoever asks and how often.

    Args:
        job: one that has a row in `beat_schedule.py`.
    """
    beat = _BEATS[job]

    def task_of(work: Callable[[], int]) -> Any:
        def on_tick(tick_s: int) -> int | None:
            tick = Tick(job.kind, tick_s, beat.ahead_s, beat.takes_s)
            return once(runtime().db, tick, work)

        # Celery goes by these; `functools.wraps` would also hide the parameter from it.
        on_tick.__name__, on_tick.__doc__ = work.__name__, work.__doc__
        on_tick.__module__ = work.__module__
        return app.task(name=job.kind)(on_tick)

    return task_of
