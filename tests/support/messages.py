"""Messages of a test's own, through the broker of a stack."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from celery import Celery

from runtime_app.dispatch.celery import KEY_PREFIX


@contextmanager
def celery_of(state: Mapping[str, Any]) -> Iterator[Celery]:
    """A Celery app that speaks to the stack that `stack.json` describes."""
    app = Celery("test", broker=state["broker_url"], set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        broker_transport_options={"global_keyprefix": KEY_PREFIX},
    )
    with app:
        yield app
