"""What wakes one reader, and what spares it the waking."""

import threading
from collections.abc import Callable

#: Sends bytes to a client at once; False when it cannot, and then none of them were sent.
Take = Callable[[bytes], bool]


class Bell:
    """Rung when there may be something to do for one reader, and by nobody else's business.

    A ring while nobody waits is kept, once; a wait may end over a ring that was meant for an
    earlier one, so whoever waits looks again.
    """

    __slots__ = ("_lock", "hung_up", "slow", "take", "unsent")

    def __init__(self) -> None:
        self._lock = threading.Lock()  # held until it is rung; an Event costs four times as much
        self._lock.acquire()
        #: The client has closed its end.
        self.hung_up = False
        #: The client was let go because it did not take what it was sent.
        self.slow = False
        #: What its client is sent without waking it; None when only it can send.
        self.take: Take | None = None
        #: Something was taken of which a rest waits for the reader's next piece, be it empty.
        self.unsent = False

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
