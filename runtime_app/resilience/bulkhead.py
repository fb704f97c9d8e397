"""How many calls of one provider a process makes at once: a slow one must not take all threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Bulkhead:
    """The places of a process; safe to share between threads.

    Args:
        most: calls of one provider that are in flight at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}
        self._left = threading.Condition()

    @contextmanager
    def place(self, provider: str, within_s: float) -> Iterator[bool]:
        """Hold a place while the block runs; False when none was free in time, and none is held."""
        with self._left:
            free = self._left.wait_for(lambda: self._of(provider) < self._most, within_s)
            if free:
                self._taken[provider] = self._of(provider) + 1
        try:
            yield free
        finally:
            if free:
                with self._left:
                    self._taken[provider] -= 1
                    self._left.notify_all()

    def _of(self, provider: str) -> int:
        return self._taken.get(provider, 0)
