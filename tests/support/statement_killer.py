"""A way to Postgres that kills whoever has sent the n-th statement of a run.

The statement reaches the server and is done there; its answer never arrives. Of all the moments
between two statements this is the worst: what was asked for has happened, and who asked does not
know. Being killed before the n-th leaves the rows that this leaves at the one before.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import psutil

from runtime_app.local.ports import LOOPBACK

FOUND_WITHIN_S = 10.0
_QUERY, _READY = b"Q", b"Z"


class StatementKiller:
    """Passes connections on to the server of `url`, unencrypted so that it can read along.

    Attributes:
        seen: how many statements have been sent since the run was first named.
        died: set once somebody has been killed; `victim` is its process id.
    """

    def __init__(self, url: str) -> None:
        self.seen = 0
        self.victim = 0
        self.died = threading.Event()
        self._lock = threading.Lock()
        self._run_id, self._at = b"", 0
        self._server = urlsplit(url)
        self._door = socket.create_server((LOOPBACK, 0))
        self._ends: list[socket.socket] = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The way through it."""
        who, _, _ = self._server.netloc.rpartition("@")
        place = f"{who}@{LOOPBACK}:{self._door.getsockname()[1]}"
        query = "sslmode=disable&gssencmode=disable"
        return urlunsplit(self._server._replace(netloc=place, query=query))

    def arm(self, run_id: str, at: int) -> None:
        """Count anew, from the first statement that names the run, and kill at the `at`-th."""
        with self._lock:
            self.seen, self.victim, self._run_id, self._at = 0, 0, run_id.encode(), at
            self.died.clear()

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
                doomed = threading.Event()
                for pump in (self._requests, self._answers):
                    threading.Thread(
                        target=pump, args=(client, server, doomed), daemon=True
                    ).start()

    def _requests(
        self, client: socket.socket, server: socket.socket, doomed: threading.Event
    ) -> None:
        """At first a message without a letter; then a letter, a length that counts itself, a rest.

        When the client is gone the server hears of it, as it would have without anybody between.
        """
        with _hung_up(server), client.makefile("rb") as requests:
            head = requests.read(4)
            server.sendall(head + requests.read(int.from_bytes(head, "big") - 4))
            while head := requests.read(5):
                rest = requests.read(int.from_bytes(head[1:], "big") - 4)
                if head[:1] == _QUERY and self._counts(rest):
                    doomed.set()
                server.sendall(head + rest)

    def _answers(
        self, client: socket.socket, server: socket.socket, doomed: threading.Event
    ) -> None:
        with _hung_up(client), server.makefile("rb") as answers:
            while head := answers.read(5):
                rest = answers.read(int.from_bytes(head[1:], "big") - 4)
                if not doomed.is_set():
                    client.sendall(head + rest)
                elif head[:1] == _READY:
                    self._kill(client)
                    return

    def _counts(self, statement: bytes) -> bool:
        """Count a statement of the run; whether it is the one."""
        with self._lock:
            if not self._run_id or (self.seen == 0 and self._run_id not in statement):
                return False
            self.seen += 1
            return self.seen == self._at

    def _kill(self, client: socket.socket) -> None:
        """Kill the process at the other end, unless somebody else has.

        It waits for its answer, so there is time: a list of connections that is read while others
        come and go may leave one out.
        """
        ends = client.getpeername()[1], self._door.getsockname()[1]
        until_s = time.monotonic() + FOUND_WITHIN_S
        while not self.died.is_set() and time.monotonic() < until_s:
            for each in psutil.net_connections("tcp4"):
                if each.raddr and (each.laddr.port, each.raddr.port) == ends and each.pid:
                    os.kill(each.pid, signal.SIGKILL)
                    self.victim = each.pid
                    self.died.set()


@contextmanager
def _hung_up(end: socket.socket) -> Iterator[None]:
    """Whatever becomes of the other end, this one hears the last of it."""
    try:
        with suppress(OSError):
            yield
    finally:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def statement_killer(url: str) -> Iterator[StatementKiller]:
    """One for the length of the block; it kills nobody before it is armed."""
    killer = StatementKiller(url)
    try:
        yield killer
    finally:
        killer.close()
