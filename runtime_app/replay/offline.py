"""Hold this process off the network, but for the connections of the database's driver.

The driver speaks to Postgres by sockets of its own; every other socket of the process is Python's,
and Python tells an audit hook before it uses one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WAYS_OUT = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
    }
)


class NetworkRefused(RuntimeError):
    """Something has reached for the network while the process is held off it."""


class _Door:
    """Closed while anybody holds it closed; hooks cannot be taken off again, so it is hung once."""

    def __init__(self) -> None:
        self.closed_by = 0
        self.hung = False

    def hang(self) -> None:
        if not self.hung:
            sys.addaudithook(self.pass_by)
            self.hung = True

    def pass_by(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self.closed_by and event in _WAYS_OUT:
            raise NetworkRefused(f"{event} during a replay: the core may not reach for the network")


_DOOR = _Door()


@contextmanager
def offline() -> Iterator[None]:
    """No thread of this process gets to the network for the length of the block.

    Raises:
        NetworkRefused: where one tries.
    """
    _DOOR.hang()
    _DOOR.closed_by += 1
    try:
        yield
    finally:
        _DOOR.closed_by -= 1
