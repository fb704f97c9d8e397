"""A way to the broker on which those who listen may hear nothing, while senders get through."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from runtime_app.local.ports import LOOPBACK


class SilentProxy:
    """Passes connections on; between `silence` and `speak` whoever waits for messages gets none.

    What was held back arrives with `speak`.
    """

    def __init__(self, url: str) -> None:
        self._speaks = threading.Event()
        self._speaks.set()
        self._server = urlsplit(url)
        self._door = socket.create_server((LOOPBACK, 0))
        self._ends: list[socket.socket] = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The way through the proxy."""
        who, _, _ = self._server.netloc.rpartition("@")
        place = f"{who}@{LOOPBACK}:{self._door.getsockname()[1]}"
        return urlunsplit(self._server._replace(netloc=place))

    def silence(self) -> None:
        """From now on who waits for messages gets none."""
        self._speaks.clear()

    def speak(self) -> None:
        """Let through what was held back, and all that comes."""
        self._speaks.set()

    def close(self) -> None:
        self._speaks.set()
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
                waits = threading.Event()
                for pump in (self._requests, self._answers):
                    threading.Thread(target=pump, args=(client, server, waits), daemon=True).start()

    def _requests(
        self, client: socket.socket, server: socket.socket, waits: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if b"BRPOP" in data:
                    waits.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _answers(
        self, client: socket.socket, server: socket.socket, waits: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if waits.is_set():
                    self._speaks.wait()
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
