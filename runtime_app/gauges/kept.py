"""A reading that is kept for a while: whoever comes meanwhile gets the same, and asks nobody."""

import logging
import threading
from collections.abc import Callable

from runtime_app.clock import Clock
from runtime_app.observability.gauges import Reading

_log = logging.getLogger(__name__)

KEEP_S = 5.0
WAIT_S = 1.0


class Kept:
    """Asks for a reading at most every `keep_s`, one asker at a time, in a thread of its own.

    Args:
        ask: makes one; may take its time, may raise.
        wait_s: how long a caller waits for the one that is under way.
    """

    def __init__(
        self,
        ask: Callable[[], Reading],
        clock: Clock,
        keep_s: float = KEEP_S,
        wait_s: float = WAIT_S,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._keep_s = keep_s
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._found: Reading = {}
        self._due_s = clock.monotonic()
        self._answered: threading.Event | None = None

    def __call__(self) -> Reading:
        """The reading, at most `keep_s` old; empty when there is none to be had in time.

        Effects: asks, when it is due and nobody does.
        """
        with self._lock:
            if self._answered is None and self._clock.monotonic() >= self._due_s:
                self._answered = threading.Event()
                threading.Thread(
                    target=self._read, args=(self._answered,), name="gauges", daemon=True
                ).start()
            answered = self._answered
        if answered is not None and not answered.wait(self._wait_s):
            return {}
        with self._lock:
            return self._found

    def _read(self, answered: threading.Event) -> None:
        found: Reading = {}
        try:
            found = self._ask()
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing is known
            _log.warning("no gauges: %s", error)
        with self._lock:
            self._found = found
            self._due_s = self._clock.monotonic() + self._keep_s
            self._answered = None
        answered.set()
