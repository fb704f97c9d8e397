"""A door before a server: connections are passed on, and what travels on them may be read along."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from runtime_app.local.ports import LOOPBACK

#: Carries what comes from one end to the other, until there is no more.
Pump = Callable[[socket.socket, socket.socket], None]
#: What carries requests and what carries answers; made anew for each connection.
Pumps = tuple[Pump, Pump]


class Relay:
    """Passes connections on to the server of `url` until it is closed.

    When one end of a connection is gone the other hears of it, as without anybody between.

    Args:
        readable: ask Postgres for a connection without encryption.
    """

    def __init__(
        self, url: str, pumps: Callable[[], Pumps] = lambda: (copy, copy), *, readable: bool = False
    ) -> None:
        self._pumps = pumps
        self._readable = readable
        self._server = urlsplit(url)
        self._door = socket.create_server((LOOPBACK, 0))
        self._ends: list[socket.socket] = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    @property
    def url(self) -> str:
        """The way through it."""
        who, _, _ = self._server.netloc.rpartition("@")
        through = self._server._replace(netloc=f"{who}@{LOOPBACK}:{self.port}")
        if self._readable:
            through = through._replace(query="sslmode=disable&gssencmode=disable")
        return urlunsplit(through)

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection((self._server.hostname, self._server.port))
                self._ends += [client, server]
                requests, answers = self._pumps()
                for pump, ends in ((requests, (client, server)), (answers, (server, client))):
                    threading.Thread(target=_carry, args=(pump, *ends), daemon=True).start()


def copy(source: socket.socket, sink: socket.socket) -> None:
    """Carry everything as it is."""
    while data := source.recv(65536):
        sink.sendall(data)


@contextmanager
def relay(
    url: str, pumps: Callable[[], Pumps] = lambda: (copy, copy), *, readable: bool = False
) -> Iterator[Relay]:
    """One for the length of the block."""
    between = Relay(url, pumps, readable=readable)
    try:
        yield between
    finally:
        between.close()


def _carry(pump: Pump, source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError, ValueError):  # an end was closed under it
        pump(source, sink)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
