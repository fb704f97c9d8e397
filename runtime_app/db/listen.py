"""LISTEN: one direct connection per process, kept up, and honest about when it was not.

A notification is a hint. Whoever relies on one re-reads committed rows, and re-reads everything
after `on_resync`, which is called once after every (re)connect: what was missed is unknown.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import psycopg2

from runtime_app.backoff import exponential_s, jittered_s
from runtime_app.clock import Clock, SystemClock
from runtime_app.db.readable import readable
from runtime_app.observability import telemetry

_log = logging.getLogger(__name__)
_POLL_S = 1.0
_PROBE_EVERY_S = 30.0
_PROBE_PATIENCE_S = 2.0
_SYSTEM_CLOCK = SystemClock()


class Listener:
    """A background thread (a greenlet under gevent) that listens on some channels.

    Args:
        url: direct libpq URL; a transaction pooler would break LISTEN silently.
        on_notify: called with (channel, payload); must be quick and must not raise.
        on_resync: called with nothing after every (re)connect.

    `connected` tells whether the last self-probe came back: the connection notifies itself every
    30 s and hears it.
    """

    def __init__(
        self,
        url: str,
        channels: Sequence[str],
        on_notify: Callable[[str, str], None],
        on_resync: Callable[[], None],
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self._url = url
        self._clock = clock
        self._probe_channel = f"oa_probe_{Random().randrange(16**8):08x}"
        self._channels = tuple(channels)
        self._listened = (*channels, self._probe_channel)
        self._on_notify = on_notify
        self._on_resync = on_resync
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._tell(hears=False)
        self._thread.start()

    def stop(self) -> None:
        """End within about a second."""
        self._stop.set()

    @property
    def connected(self) -> bool:
        """Whether notifications arrive, as far as the last probe knows."""
        return self._connected.is_set()

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait for the first probe to come back."""
        return self._connected.wait(timeout_s)

    def _keep_up(self) -> None:
        rng = Random()
        failures = 0
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - a process that hears nothing is worse
                failures = 0 if self._connected.is_set() else failures + 1
                self._heard(False)
                _log.warning("listener lost its connection: %s", str(error).strip())
                self._stop.wait(jittered_s(exponential_s(failures, base_s=0.1, cap_s=2), rng))

    def _listen(self) -> None:
        connection = psycopg2.connect(
            self._url, connect_timeout=3, application_name="openagents-runtime listener"
        )
        try:
            connection.autocommit = True
            self._send(connection, *(f'LISTEN "{name}"' for name in self._listened))
            self._on_resync()
            probe = _Probe(self._clock)
            while not self._stop.is_set():
                if probe.due():
                    self._send(connection, f'NOTIFY "{self._probe_channel}"')
                    probe.sent()
                if connection.notifies or readable(connection, _POLL_S):
                    connection.poll()
                    self._drain(connection, probe)
        finally:
            connection.close()

    def _send(self, connection: Any, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _heard(self, hears: bool) -> None:
        if hears == self._connected.is_set():
            return
        if hears:
            self._connected.set()
        else:
            self._connected.clear()
        self._tell(hears=hears)

    def _tell(self, *, hears: bool) -> None:
        for channel in self._channels:
            telemetry.emit("listener.changed", float(hears), channel=channel)

    def _drain(self, connection: Any, probe: "_Probe") -> None:
        notifies, connection.notifies[:] = list(connection.notifies), []
        for notify in notifies:
            if notify.channel == self._probe_channel:
                probe.heard()
                self._heard(True)
            else:
                self._on_notify(notify.channel, notify.payload)


class _Probe:
    """A word to oneself every 30 s that must come back within 2 s."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting = False
        self._next_s = clock.monotonic()

    def due(self) -> bool:
        """Whether to send one now.

        Raises:
            TimeoutError: the last one has not come back.
        """
        if self._clock.monotonic() < self._next_s:
            return False
        if self._waiting:
            raise TimeoutError("the connection is up, but notifications do not arrive")
        return True

    def sent(self) -> None:
        self._waiting = True
        self._next_s = self._clock.monotonic() + _PROBE_PATIENCE_S

    def heard(self) -> None:
        self._waiting = False
        self._next_s = self._clock.monotonic() + _PROBE_EVERY_S
