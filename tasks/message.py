"""What a message brings beside its ids, and how its task ended."""

import threading
from typing import Any

from celery.signals import task_postrun, task_prerun

from runtime_app.clock import SystemClock
from runtime_app.observability import current, telemetry

_CLOCK = SystemClock()
_begun = threading.local()


@task_prerun.connect
def _begin(task: Any, **_kwargs: Any) -> None:
    current.came_with(task.request.headers)
    _begun.at_s = _CLOCK.monotonic()


@task_postrun.connect
def _end(task: Any, state: str, **_kwargs: Any) -> None:
    current.came_with(None)
    result = "succeeded" if state == "SUCCESS" else "failed"
    telemetry.emit("task.ended", _CLOCK.monotonic() - _begun.at_s, task=task.name, result=result)
