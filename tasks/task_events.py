"""Task events in batches: what Flower is shown of a task costs the task nothing.

Celery sends each event as it happens, between a message's arrival and its work, and under the
interpreter's lock that the work waits for. Here they are gathered and sent by a timer, in order,
each with the time at which it happened. A process that dies takes at most one interval of them
along: they are for the eye, never for a decision.
"""

from typing import Any

from celery import bootsteps
from celery.worker.consumer import Events

EVERY_S = 0.5
MOST = 1000


class BatchedTaskEvents(bootsteps.StartStopStep):
    """A step of a worker's consumer; does nothing where Celery gathers no events itself.

    Effects:
        a message of up to `MOST` events each `EVERY_S`, and one at the end.
    """

    requires = (Events,)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        self._timer: Any = None
        super().__init__(consumer, **kwargs)

    def start(self, consumer: Any) -> None:
        """Begin; again after each reconnect, with the new connection's dispatcher."""
        events = consumer.event_dispatcher
        if consumer.hub is None or "task" not in events.buffer_group:
            return
        events.on_send_buffered = None
        events.buffer_limit = MOST
        self._timer = consumer.timer.call_repeatedly(EVERY_S, events.flush)

    def stop(self, consumer: Any) -> None:
        """Send what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            consumer.event_dispatcher.flush()
