"""The other end of a stream: noticed when it hangs up, let go when it does not listen."""

import select
import time
from collections.abc import Iterator
from socket import IPPROTO_TCP, SO_SNDBUF, SOL_SOCKET, TCP_USER_TIMEOUT, socket
from typing import Any

from gevent import get_hub
from gevent.monkey import get_original

from runtime_app.streaming.bell import Bell

SEND_BYTES = 65_536
#: How much longer the kernel waits for a peer that acknowledges nothing.
UNHEARD_S = 5
_READABLE = 1
_AT_ONCE_S = 0.0  # gevent's third argument
_poll = get_original("select", "poll")


class FarEnd:
    """A stream's bytes on their way to its client.

    A client that closes its end, or only its sending side, is noticed at once, also while there is
    nothing to send: its reader's bell is rung. One that takes nothing for `stall_s` while something
    waits for it is given up by the socket's own timeout. One that is gone without a word, like a
    machine that lost its network, is given up by the kernel when it has acknowledged nothing for
    5 s longer; a ping every 15 s is there to be acknowledged. None of this costs an idle stream a
    thread, a greenlet or a timer.

    In a chunked response a client is also sent bytes while its reader sleeps (`Bell.take`), which
    spares an event to a thousand readers a thousand wake-ups. gunicorn has then written all that it
    was given, so they come in order.

    Args:
        stream: the bytes; closed with the response.
        stall_s: bounds each write; a write is 16 KiB at most, and the kernel holds 64 KiB or so.
        chunked: whether gunicorn sends the response in chunks.
    """

    def __init__(
        self,
        stream: Iterator[bytes],
        connection: socket,
        bell: Bell,
        stall_s: float,
        *,
        chunked: bool,
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._bell = bell
        self._stall_s = stall_s
        self._written_s = time.monotonic()
        self._rest = b""
        connection.settimeout(stall_s)
        # Later than our own timeout, which ends a stream in order and this one with a reset.
        unheard_ms = int((stall_s + UNHEARD_S) * 1000)
        connection.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, unheard_ms)
        # Left alone it grows to megabytes, and a third of it must drain before we hear of it.
        connection.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BYTES)
        self._watcher: Any = get_hub().loop.io(connection.fileno(), _READABLE)
        self._watcher.start(self._look)
        if chunked:
            bell.take = self._take

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = next(self._stream)
        self._written_s = time.monotonic()
        if self._bell.unsent:
            self._bell.unsent = False
            self._connection.sendall(self._rest)
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

    def _take(self, data: bytes) -> bool:
        """Send a chunk as far as the socket takes it now; its reader is rung for the rest."""
        if not data or self._bell.unsent:
            return not data
        framed = b"%X\r\n%b\r\n" % (len(data), data)
        try:
            sent = self._connection.send(framed, 0, _AT_ONCE_S)  # type: ignore[call-arg]
        except OSError:
            return False  # it is full, or broken: the reader's own write waits, or tells
        if sent < len(framed):
            self._rest = framed[sent:]
            self._bell.unsent = True
            self._bell.ring()
        return True

    def _look(self) -> None:
        """Something has come from a client that has nothing to say: its end, or a next request."""
        poll = _poll()
        poll.register(self._connection.fileno(), select.POLLRDHUP)
        if poll.poll(0):
            self._bell.hang_up()
        self._watcher.stop()
