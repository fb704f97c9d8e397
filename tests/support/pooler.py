"""What a pooler does to a connection: another process id, and options that do not arrive."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.postgres_wire import PROCESS, messages, startup
from tests.support.relay import relay

_OWN_PID = 4242


@contextmanager
def hiding_pooler(url: str, *, hides_options: bool) -> Iterator[str]:
    """The URL of the way through it, unencrypted so that it can read along.

    Args:
        hides_options: leave the client's `options` out of the startup message.
    """

    def requests(client: socket.socket, server: socket.socket) -> None:
        with client.makefile("rb") as stream:
            first = startup(stream)
            server.sendall(_without_options(first) if hides_options else first)
            for head, rest in messages(stream):
                server.sendall(head + rest)

    with relay(url, lambda: (requests, _answers), readable=True) as between:
        yield between.url


def _without_options(first: bytes) -> bytes:
    """A length, a version, then names and values that each end with a zero, then one more."""
    version, fields = first[4:8], first[8:-2].split(b"\0")
    pairs = [
        (name, value)
        for name, value in zip(fields[::2], fields[1::2], strict=True)
        if name != b"options"
    ]
    kept = version + b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"
    return struct.pack("!I", len(kept) + 4) + kept


def _answers(server: socket.socket, client: socket.socket) -> None:
    with server.makefile("rb") as stream:
        for head, rest in messages(stream):
            own = struct.pack("!I", _OWN_PID) + rest[4:] if head[:1] == PROCESS else rest
            client.sendall(head + own)
