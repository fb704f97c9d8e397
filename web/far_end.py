"""The other end of a stream: noticed when it hangs up, let go when it does not listen."""

import select
import time
from collections.abc import Iterator
from socket import SO_SNDBUF, SOL_SOCKET, socket
from typing import Any

from gevent import get_hub
from gevent.monkey import get_original

from runtime_app.streaming.bell import Bell

SEND_BYTES = 65_536
_READABLE = 1
_poll = get_original("select", "poll")


class FarEnd:
    """A stream's bytes on their way to its client.

    A client that closes its end, or only its sending side, is noticed at once, also while there is
    nothing to send: its reader's bell is rung. One that takes nothing for `stall_s` while something
    waits for it is given up by the socket's own timeout. Neither costs an idle stream a thread, a
    greenlet or a timer.

    Args:
        stream: the bytes; closed with the response.
        stall_s: bounds each write; a write is 16 KiB at most, and the kernel holds 64 KiB or so.
    """

    def __init__(
        self, stream: Iterator[bytes], connection: socket, bell: Bell, stall_s: float
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._bell = bell
        self._stall_s = stall_s
        self._written_s = time.monotonic()
        self._watcher: Any = get_hub().loop.io(connection.fileno(), _READABLE)
        self._watcher.start(self._look)
        connection.settimeout(stall_s)
        # Left alone it grows to megabytes, and a third of it must drain before we hear of it.
        connection.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BYTES)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = next(self._stream)
        self._written_s = time.monotonic()
        return data

    def close(self) -> None:
        """Stop watching, and tell the stream how it has ended."""
        if self._watcher is None:
            return
        self._watcher.stop()
        self._watcher.close()
        self._watcher = None
        self._connection.settimeout(None)
        self._bell.slow = time.monotonic() - self._written_s >= self._stall_s
        self._stream.close()  # type: ignore[attr-defined]

    def _look(self) -> None:
        """Something has come from a client that has nothing to say: its end, or a next request."""
        poll = _poll()
        poll.register(self._connection.fileno(), select.POLLRDHUP)
        if poll.poll(0):
            self._bell.hang_up()
        self._watcher.stop()
