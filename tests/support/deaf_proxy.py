"""A way to Postgres that may lose notifications and nothing else, as transaction poolers do."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.postgres_wire import NOTIFICATION, messages
from tests.support.relay import copy, relay


class DeafProxy:
    """Passes connections on; while `deaf`, drops what the server would notify.

    Attributes:
        url: the way through it.
    """

    def __init__(self) -> None:
        self.deaf = False
        self.url = ""

    def answers(self, server: socket.socket, client: socket.socket) -> None:
        """Carry answers without what is not heard."""
        with server.makefile("rb") as stream:
            for head, rest in messages(stream):
                if not (self.deaf and head[:1] == NOTIFICATION):
                    client.sendall(head + rest)


@contextmanager
def deaf_proxy(url: str) -> Iterator[DeafProxy]:
    """A proxy for the length of the block; hears at first."""
    proxy = DeafProxy()
    with relay(url, lambda: (copy, proxy.answers), readable=True) as between:
        proxy.url = between.url
        yield proxy
