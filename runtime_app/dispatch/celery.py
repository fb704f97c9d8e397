"""Jobs as Celery messages: knows names and queues, imports no task."""

import logging

from celery import Celery
from celery.exceptions import CeleryError
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.transport import TRANSPORT_ALIASES

from runtime_app.clock import Clock, SystemClock
from runtime_app.dispatch.jobs import Job
from runtime_app.observability import current, telemetry

_log = logging.getLogger(__name__)
_SYSTEM_CLOCK = SystemClock()

#: A send never holds its caller for longer than this.
SEND_TIMEOUT_S = 0.25
#: After a send that failed, none is tried for so long: a frozen broker costs one caller, not all.
MUTE_S = 1.0
#: Keys of ours in a Redis that may be shared.
KEY_PREFIX = "oa:"


def keep_clients() -> None:
    """Let every connection of this process to a Redis, made from now on, go by our transport.

    By kombu's own names, because it takes from them whether to use TLS; and by the name of ours,
    which is not loaded before the first connection.
    """
    TRANSPORT_ALIASES.update(
        dict.fromkeys(("redis", "rediss"), "runtime_app.dispatch.transport:Transport")
    )


class CeleryDispatcher:
    """Sends each job to the queue of its kind, over a producer of its own.

    A message carries the trace headers of what its sender works for: a hint like the message.

    Args:
        broker_url: Redis URL.
    """

    def __init__(self, broker_url: str, clock: Clock = _SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._muted_until_s = 0.0
        keep_clients()
        self._app = Celery("openagents-producer", broker=broker_url, set_as_current=False)
        self._app.conf.update(
            task_ignore_result=True,
            task_publish_retry=False,
            broker_connection_timeout=SEND_TIMEOUT_S,
            broker_transport_options={
                "global_keyprefix": KEY_PREFIX,
                "socket_timeout": SEND_TIMEOUT_S,
                "socket_connect_timeout": SEND_TIMEOUT_S,
                "socket_keepalive": True,
                "health_check_interval": 25,
                "max_retries": 0,
            },
        )

    def dispatch(self, job: Job) -> None:
        """Send `job`; a broker that does not take it in time costs latency, never work."""
        if self._clock.monotonic() < self._muted_until_s:
            telemetry.emit("wakeup.dropped", task=job.kind)
            return
        try:
            self._send(job)
        except (OperationalError, CeleryError, LimitExceeded, OSError) as error:
            self._muted_until_s = self._clock.monotonic() + MUTE_S
            telemetry.emit("wakeup.dropped", task=job.kind)
            _log.warning("wake-ups are dropped for %g s: %s (%s)", MUTE_S, job.kind, error)

    def _send(self, job: Job) -> None:
        with self._app.producer_pool.acquire(block=True, timeout=SEND_TIMEOUT_S) as producer:
            if self._clock.monotonic() < self._muted_until_s:
                telemetry.emit("wakeup.dropped", task=job.kind)
                return  # it fell silent while we waited for our turn
            self._app.send_task(
                job.kind,
                args=job.args(),
                queue=job.queue,
                headers=current.headers(),
                retry=False,
                producer=producer,
            )
