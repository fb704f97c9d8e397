"""Readers that wait on a tail, as far as the tail can tell."""

import re
from dataclasses import dataclass, field

from runtime_app.streaming.bell import Bell
from runtime_app.streaming.tail import Standing, Tail


def rung(bell: Bell) -> bool:
    return bell.wait(0)


@dataclass(eq=False)
class Client:
    """A client that takes what it is sent while `willing`."""

    bell: Bell = field(default_factory=Bell)
    willing: bool = True
    sent: bytes = b""

    def __post_init__(self) -> None:
        self.bell.take = self._take

    @property
    def seqs(self) -> list[int]:
        """The ids that it has been sent, in order."""
        return [int(found) for found in re.findall(rb"id: (\d+)\n", self.sent)]

    def _take(self, data: bytes) -> bool:
        if self.willing:
            self.sent += data
        return self.willing


def waiting(tail: Tail, position: int) -> Bell:
    """A reader that has joined and waits past `position`."""
    bell = Bell()
    tail.join(bell)
    tail._waiting[bell] = Standing(position)  # as `wait` does before it blocks
    return bell


def sleeping(tail: Tail, position: int, stream_format: str = "native") -> tuple[Standing, Client]:
    """A reader that waits past `position`, and whose client may be sent what comes."""
    client = Client()
    standing = Standing(position, stream_format)
    tail.join(client.bell)
    tail._waiting[client.bell] = standing
    return standing, client
