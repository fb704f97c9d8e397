"""A bounded hand-over between the thread that reads a provider and the one that reads us.

The point of it is `close`: it wakes both sides at once, whatever the network is doing.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class InboxClosedError(Exception):
    """The inbox was closed; what it still held is dropped."""


class Inbox(Generic[T]):
    """First in, first out, for one writer and one reader.

    Args:
        capacity: how many items may wait; a full inbox holds the writer back.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> bool:
        """Add `item`, waiting for room; False when the inbox is closed and nobody will read it."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> T | None:
        """The oldest item, or None when none came within `timeout_s`; at or below 0 only looks.

        Raises:
            InboxClosedError: at once, also in the middle of a wait.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._items), max(0.0, timeout_s))
            if self._closed:
                raise InboxClosedError
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def require_open(self) -> None:
        """Raises: InboxClosedError, when it was closed."""
        with self._changed:
            if self._closed:
                raise InboxClosedError

    def close(self) -> None:
        """End both sides; idempotent."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
