"""So many at once, and the others in the order in which they came."""

import threading
from collections import deque


class Turnstile:
    """A semaphore that nobody passes out of turn: who is let out lets the oldest in.

    An ordinary one is free for an instant before whoever waits has woken up, and whoever comes by
    in that instant has it; under a rush somebody then waits for ever.

    Args:
        places: how many may be inside.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._line: deque[threading.Lock] = deque()  # each held until its turn has come

    def enter(self, timeout_s: float) -> bool:
        """Wait for one's turn and go in; False when it has not come in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Lock()
            turn.acquire()
            self._line.append(turn)
        if turn.acquire(timeout=timeout_s):
            return True
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)
                return False
        return True  # it came in the last instant

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1
