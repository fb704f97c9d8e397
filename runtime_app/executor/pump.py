"""A model stream read by a thread of its own, so that its reader can also wait for other things."""

import queue
import threading
from contextvars import copy_context
from dataclasses import dataclass

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import ModelStream, StreamEvent


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is over: by itself (`error` is None) or not."""

    error: Exception | None


@dataclass(frozen=True, slots=True)
class Nudge:
    """Nothing came, but something else may have changed."""


Item = StreamEvent | Ended | Nudge

#: Pieces that may wait for the executor; past that the provider is held back by its socket.
_AHEAD = 1024


class Pump:
    """Reads `stream` in the background; `close` ends it, with whatever was not taken."""

    def __init__(self, stream: ModelStream) -> None:
        self._stream = stream
        self._items: queue.Queue[Item] = queue.Queue(maxsize=_AHEAD)
        self._closed = threading.Event()
        # What it logs belongs to the step that reads it.
        read = copy_context().run
        self._thread = threading.Thread(
            target=read, args=(self._read,), name="model-pump", daemon=True
        )

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def take(self, timeout_s: float | None) -> Item:
        """The next item, or `Nudge` when none comes in time."""
        try:
            return self._items.get(timeout=timeout_s)
        except queue.Empty:
            return Nudge()

    def nudge(self) -> None:
        """Make a waiting `take` return. Never blocks."""
        try:
            self._items.put_nowait(Nudge())
        except queue.Full:
            return  # the reader is not waiting: there is plenty to take

    def close(self) -> None:
        """End the stream at once, from any thread."""
        self._closed.set()
        self._stream.close()

    def _read(self) -> None:
        try:
            for event in self._stream:
                if not self._put(event):
                    return
        except ProviderError as error:
            self._put(Ended(error))
        except Exception as error:  # noqa: BLE001 - the executor raises it in its own thread
            self._put(Ended(error))
        else:
            self._put(Ended(None))

    def _put(self, item: Item) -> bool:
        while not self._closed.is_set():
            try:
                self._items.put(item, timeout=1)
            except queue.Full:
                continue
            return True
        return False
