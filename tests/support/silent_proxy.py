"""A way to the broker on which those who listen may hear nothing, while senders get through."""

import socket
import threading
from functools import partial

from tests.support.relay import Pumps, Relay


class SilentProxy:
    """Passes connections on; between `silence` and `speak` whoever waits for messages gets none.

    What was held back arrives with `speak`.
    """

    def __init__(self, url: str) -> None:
        self._speaks = threading.Event()
        self._speaks.set()
        self._relay = Relay(url, self._pumps)

    @property
    def url(self) -> str:
        """The way through the proxy."""
        return self._relay.url

    def silence(self) -> None:
        """From now on who waits for messages gets none."""
        self._speaks.clear()

    def speak(self) -> None:
        """Let through what was held back, and all that comes."""
        self._speaks.set()

    def close(self) -> None:
        self._speaks.set()
        self._relay.close()

    def _pumps(self) -> Pumps:
        waits = threading.Event()
        return partial(self._requests, waits), partial(self._answers, waits)

    def _requests(
        self, waits: threading.Event, client: socket.socket, server: socket.socket
    ) -> None:
        while data := client.recv(65536):
            if b"BRPOP" in data:
                waits.set()
            server.sendall(data)

    def _answers(
        self, waits: threading.Event, server: socket.socket, client: socket.socket
    ) -> None:
        while data := server.recv(65536):
            if waits.is_set():
                self._speaks.wait()
            client.sendall(data)
