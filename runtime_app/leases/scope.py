"""What the holder of a run must watch while it works: lost, cancelled, draining."""

import threading
from collections.abc import Callable
from math import inf

from runtime_app.clock import Clock, SystemClock
from runtime_app.leases.lease import Lease

_SYSTEM_CLOCK = SystemClock()


class RunScope:
    """The signals of one executor's hold on one run. Flags only ever go up.

    `on_change` callbacks run in the thread that raises a flag (or asks); they must be quick.
    """

    def __init__(
        self, lease: Lease, clock: Clock = _SYSTEM_CLOCK, trusted_until_s: float = inf
    ) -> None:
        self.lease = lease
        self._clock = clock
        self._trusted_until_s = trusted_until_s
        self._changed = threading.Condition()
        self._lost = False
        self._cancelled = False
        self._draining = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def lost(self) -> bool:
        """The lease is another's, or may be: nothing more may be written.

        By the holder's own clock too: a heartbeat that hangs renews nothing and tells nobody.
        """
        return self._lost or self._clock.monotonic() >= self._trusted_until_s

    @property
    def cancelled(self) -> bool:
        """Somebody has asked for the run to end."""
        return self._cancelled

    @property
    def draining(self) -> bool:
        """This process is about to stop; let go soon."""
        return self._draining

    @property
    def interrupted(self) -> bool:
        """Whether what is running should stop at the next possible moment."""
        return self.lost or self._cancelled

    def trust(self, until_s: float) -> None:
        """Believe in the lease until that monotonic moment: a renewal has come back."""
        self._trusted_until_s = until_s

    def lose(self) -> None:
        """Raise `lost`."""
        self._raise("_lost")

    def cancel(self) -> None:
        """Raise `cancelled`."""
        self._raise("_cancelled")

    def drain(self) -> None:
        """Raise `draining`."""
        self._raise("_draining")

    def on_change(self, callback: Callable[[], None]) -> None:
        """Be called whenever a flag goes up, and at once when one is up already."""
        with self._changed:
            self._listeners.append(callback)
            up = self.interrupted or self._draining
        if up:
            callback()

    def wait(self, timeout_s: float) -> bool:
        """Wait until interrupted or draining; whether it was, within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.interrupted or self._draining, timeout_s)

    def _raise(self, flag: str) -> None:
        with self._changed:
            setattr(self, flag, True)
            self._changed.notify_all()
            listeners = tuple(self._listeners)
        for callback in listeners:
            callback()
