"""A way to Postgres that may lose notifications and nothing else, as transaction poolers do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from runtime_app.local.ports import LOOPBACK

_NOTIFICATION = b"A"


class DeafProxy:
    """Passes connections on to the server of `url`; while `deaf`, drops what it would notify."""

    def __init__(self, url: str) -> None:
        self.deaf = False
        self._server = urlsplit(url)
        self._door = socket.create_server((LOOPBACK, 0))
        self._ends: list[socket.socket] = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The way through the proxy, unencrypted so that it can read along."""
        who, _, _ = self._server.netloc.rpartition("@")
        place = f"{who}@{LOOPBACK}:{self._door.getsockname()[1]}"
        query = "sslmode=disable&gssencmode=disable"
        return urlunsplit(self._server._replace(netloc=place, query=query))

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
                for pump in (self._requests, self._answers):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        """Message by message: a letter, a length that counts itself, and the rest."""
        with suppress(OSError), server.makefile("rb") as answers:
            while head := answers.read(5):
                rest = answers.read(int.from_bytes(head[1:], "big") - 4)
                if not (self.deaf and head[:1] == _NOTIFICATION):
                    client.sendall(head + rest)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def deaf_proxy(url: str) -> Iterator[DeafProxy]:
    """A proxy for the length of the block; hears at first."""
    proxy = DeafProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
