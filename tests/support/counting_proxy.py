"""An HTTP proxy that lets nobody through and counts who was asked for: effects, from outside."""

import socket
import threading
from collections import Counter
from contextlib import suppress

from runtime_app.local.ports import LOOPBACK

_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


class CountingProxy:
    """Refuses each CONNECT after `takes_s`.

    Attributes:
        asked: how often each host was asked for.
    """

    def __init__(self, takes_s: float) -> None:
        self.asked: Counter[str] = Counter()
        self._takes_s = takes_s
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._door = socket.create_server((LOOPBACK, 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._door.getsockname()[1]}"

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._refuse, args=(client,), daemon=True).start()

    def _refuse(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            line = client.makefile("rb").readline().decode()
            with self._lock:
                self.asked[line.split()[1].rpartition(":")[0]] += 1
            self._closed.wait(self._takes_s)
            client.sendall(_REFUSAL)
