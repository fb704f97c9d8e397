"""Whether a worker still hears: it hails itself through the broker, over a queue of its own.

A worker may live, be connected, and get no message any more: a reconnect has left its consumer
silent. So it listens for its hail on the very channel that brings its tasks. One that has heard
none for `deaf_after_s` is deaf, and `oa-runtime probe worker` says so to whoever can restart it.

It is not deaf while it does not listen on purpose (it has all the tasks that it can do), nor while
the broker takes no hail: that no restart mends.
"""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.worker import state
from celery.worker.consumer.tasks import Tasks
from kombu import Consumer, Queue
from kombu.common import ignore_errors
from kombu.exceptions import OperationalError

from runtime_app.clock import Clock, SystemClock
from runtime_app.observability.gauges import Reading

_log = logging.getLogger(__name__)

#: A send never holds up the next one for longer than this.
SEND_TIMEOUT_S = 2.0
#: For which the broker keeps the queue of a worker that is gone.
QUEUE_LASTS_S = 600


class Hearing:
    """What one worker has heard of its hails; times are monotonic seconds."""

    def __init__(self) -> None:
        self._unheard_since_s: float | None = None

    def sent(self, now_s: float) -> None:
        """A hail is under way."""
        if self._unheard_since_s is None:
            self._unheard_since_s = now_s

    def heard(self) -> None:
        """One came back, or there is a reason why none can."""
        self._unheard_since_s = None

    def deaf_s(self, now_s: float) -> float:
        """For how long nothing has come back that should have; 0 while all is well."""
        since_s = self._unheard_since_s
        return 0.0 if since_s is None else max(0.0, now_s - since_s)


class Hail:
    """The hails of this process.

    Args:
        every_s: from one to the next.
        deaf_after_s: without an answer, the worker counts as deaf.
        health_file: touched whenever all is well; none if empty.
    """

    def __init__(
        self, every_s: float, deaf_after_s: float, health_file: str, clock: Clock | None = None
    ) -> None:
        self._every_s = every_s
        self._deaf_after_s = deaf_after_s
        self._file = Path(health_file) if health_file else None
        self._clock = clock or SystemClock()
        self._hearing = Hearing()
        self._over = threading.Event()

    def begin(self, send: Callable[[], bool], full: Callable[[], bool]) -> None:
        """Hail from now on, in a thread of its own.

        Args:
            send: sends one hail; whether the broker took it.
            full: whether the worker listens to nobody because it has enough to do.

        Effects: touches the health file.
        """
        self._well()
        self._over.clear()
        threading.Thread(target=self._run, args=(send, full), name="hail", daemon=True).start()

    def heard(self) -> None:
        """A hail has come back."""
        self._well()

    def end(self) -> None:
        """Hail no more: a worker that drains listens to nobody."""
        self._over.set()
        self._hearing.heard()

    def reading(self) -> Reading:
        """The gauge of it."""
        return {"worker_deaf_seconds": {(): self._hearing.deaf_s(self._clock.monotonic())}}

    def _run(self, send: Callable[[], bool], full: Callable[[], bool]) -> None:
        told = False
        while not self._over.wait(self._every_s):
            if full() or not send():
                self._well()
            else:
                self._hearing.sent(self._clock.monotonic())
            deaf = self._hearing.deaf_s(self._clock.monotonic()) >= self._deaf_after_s
            if deaf and not told:
                _log.error("deaf: no message came back within %g s", self._deaf_after_s)
            told = deaf

    def _well(self) -> None:
        self._hearing.heard()
        if self._file is not None:
            self._file.touch()


class Hailing(bootsteps.StartStopStep):
    """The step of a worker's consumer that listens for its hails."""

    requires = (Tasks,)
    #: Set by the process before its consumer starts.
    hail: Hail

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        self._ear: Consumer | None = None
        self._begun = False
        # By process too: two workers of one name may overlap while one replaces the other.
        self._queue = Queue(
            f"hail.{consumer.hostname}.{os.getpid()}",
            routing_key=f"hail.{consumer.hostname}.{os.getpid()}",
            durable=False,
            expires=QUEUE_LASTS_S,
        )
        super().__init__(consumer, **kwargs)

    def start(self, consumer: Any) -> None:
        """Listen; after each reconnect again."""
        channel = consumer.task_consumer.channel
        self._ear = Consumer(channel, [self._queue], no_ack=True, on_message=self._hear)
        self._ear.consume()
        if not self._begun:
            self._begun = True
            voice = _Voice(consumer.app, self._queue)
            self.hail.begin(voice.send, lambda: _is_full(consumer))

    def stop(self, consumer: Any) -> None:
        """Listen no more on this connection."""
        if self._ear is not None:
            ignore_errors(consumer, self._ear.cancel)

    def _hear(self, _message: Any) -> None:
        self.hail.heard()


class _Voice:
    """Sends hails over a connection of its own, which is given up when it fails."""

    def __init__(self, app: Any, queue: Queue) -> None:
        self._app = app
        self._queue = queue
        self._connection: Any = None

    def send(self) -> bool:
        try:
            if self._connection is None:
                limits = {
                    "socket_timeout": SEND_TIMEOUT_S,
                    "socket_connect_timeout": SEND_TIMEOUT_S,
                }
                self._connection = self._app.connection_for_write(
                    connect_timeout=SEND_TIMEOUT_S, transport_options=limits
                )
            with self._connection.Producer() as producer:
                producer.publish(
                    {}, routing_key=self._queue.routing_key, declare=[self._queue], retry=False
                )
        except (OperationalError, OSError, *self._app.connection().connection_errors) as error:
            _log.warning("the broker takes no hail (%s)", error)
            ignore_errors(self._connection, self._connection.close)
            self._connection = None
            return False
        return True


def _is_full(consumer: Any) -> bool:
    listening = consumer.task_consumer
    if listening is None or not state.reserved_requests:
        return False
    return not listening.channel.qos.can_consume()
