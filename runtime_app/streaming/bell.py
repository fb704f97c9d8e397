"""What wakes one reader."""

import threading


class Bell:
    """Rung when there may be something to do for one reader, and by nobody else's business.

    A ring while nobody waits is kept, once; a wait may end over a ring that was meant for an
    earlier one, so whoever waits looks again.
    """

    __slots__ = ("_lock", "hung_up", "slow")

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held until it is rung; an Event costs four times as much
        self._lock.acquire()
        #: The client has closed its end.
        self.hung_up = False
        #: The client was let go because it did not take what it was sent.
        self.slow = False

    def ring(self) -> None:
        """Wake the reader; never blocks."""
        try:  # noqa: SIM105 - on the way of every event
            self._lock.release()
        except RuntimeError:
            pass  # it has been rung already

    def hang_up(self) -> None:
        """Tell the reader that nobody listens any more."""
        self.hung_up = True
        self.ring()

    def wait(self, timeout_s: float) -> bool:
        """Wait to be rung; False when the time is over."""
        return self._lock.acquire(timeout=max(0.0, timeout_s))
