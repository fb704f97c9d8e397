"""What a message brings beside its ids: the trace context that its sender worked in."""

from typing import Any

from celery.signals import task_postrun, task_prerun

from runtime_app.observability import current


@task_prerun.connect
def _take(task: Any, **_kwargs: Any) -> None:
    current.came_with(task.request.headers)


@task_postrun.connect
def _forget(**_kwargs: Any) -> None:
    current.came_with(None)
