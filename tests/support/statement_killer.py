"""A way to Postgres that kills whoever has sent a certain statement of a run.

The statement reaches the server and is done there; its answer never arrives. Of all the moments
between two statements this is the worst: what was asked for has happened, and who asked does not
know. Being killed before it leaves the rows that this leaves at the one before.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psutil

from tests.support.postgres_wire import QUERY, READY, messages, startup
from tests.support.relay import Pumps, Relay
from tests.support.statements import name_of

FOUND_WITHIN_S = 10.0
#: Sent in a rhythm of their own, whatever a run does.
BESIDE = frozenset({"leases.renew_leases"})
#: The name of a statement, and the how manieth of that name it is.
Asked = tuple[str, int]


class StatementKiller:
    """Passes connections on to the server of `url`, unencrypted so that it can read along.

    Attributes:
        asked: what has been asked since the run was first named, in its order.
        died: set once somebody has been killed; `victim` is its process id.
    """

    def __init__(self, url: str) -> None:
        self.asked: list[Asked] = []
        self.victim = 0
        self.died = threading.Event()
        self._lock = threading.Lock()
        self._run_id = ""
        self._at: Asked | None = None
        self._relay = Relay(url, self._pumps, readable=True)

    @property
    def url(self) -> str:
        """The way through it."""
        return self._relay.url

    def arm(self, run_id: str, at: Asked | None) -> None:
        """Note what is asked from the first statement on that names the run, and kill at that."""
        with self._lock:
            self.asked, self.victim, self._run_id, self._at = [], 0, run_id, at
            self.died.clear()

    def close(self) -> None:
        self._relay.close()

    def _pumps(self) -> Pumps:
        doomed = threading.Event()
        return partial(self._requests, doomed), partial(self._answers, doomed)

    def _requests(
        self, doomed: threading.Event, client: socket.socket, server: socket.socket
    ) -> None:
        with client.makefile("rb") as requests:
            server.sendall(startup(requests))
            for head, rest in messages(requests):
                if head[:1] == QUERY and self._is_it(rest.rstrip(b"\0").decode()):
                    doomed.set()
                server.sendall(head + rest)

    def _answers(
        self, doomed: threading.Event, server: socket.socket, client: socket.socket
    ) -> None:
        with server.makefile("rb") as answers:
            for head, rest in messages(answers):
                if not doomed.is_set():
                    client.sendall(head + rest)
                elif head[:1] == READY:
                    self._kill(client)
                    return

    def _is_it(self, statement: str) -> bool:
        """Note a statement of the run; whether it is the one."""
        with self._lock:
            name = name_of(statement)
            if name is None or name in BESIDE:
                return False
            if not self._run_id or not (self.asked or self._run_id in statement):
                return False
            before = sum(name == other for other, _ in self.asked)
            self.asked.append((name, 1 + before))
            return self.asked[-1] == self._at

    def _kill(self, client: socket.socket) -> None:
        """Kill the process at the other end, unless somebody else has.

        It waits for its answer, so there is time: a list of connections that is read while others
        come and go may leave one out.
        """
        ends = client.getpeername()[1], self._relay.port
        until_s = time.monotonic() + FOUND_WITHIN_S
        while not self.died.is_set() and time.monotonic() < until_s:
            for each in psutil.net_connections("tcp4"):
                if each.raddr and (each.laddr.port, each.raddr.port) == ends and each.pid:
                    os.kill(each.pid, signal.SIGKILL)
                    self.victim = each.pid
                    self.died.set()


@contextmanager
def statement_killer(url: str) -> Iterator[StatementKiller]:
    """One for the length of the block; it kills nobody before it is armed."""
    killer = StatementKiller(url)
    try:
        yield killer
    finally:
        killer.close()
