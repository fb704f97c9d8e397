"""A forward proxy for tests: it opens tunnels, or says what it is told to say."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer


class ForwardProxy(ThreadingTCPServer):
    """Listens between `__enter__` and `__exit__`.

    Attributes:
        heads: what it was asked.
        answer: replaces its own answer, and the tunnel.
        addresses: where names lead that no resolver knows.
    """

    daemon_threads = False
    answer: bytes | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.heads: list[str] = []
        self.addresses: dict[str, str] = {}

    @property
    def port(self) -> int:
        return self.server_address[1]


@contextmanager
def forward_proxy() -> Iterator[ForwardProxy]:
    """A proxy on a free loopback port."""
    with ForwardProxy() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


class _Tunnel(BaseRequestHandler):
    server: ForwardProxy
    request: socket.socket

    def handle(self) -> None:
        head = self.request.recv(65_536).decode()
        self.server.heads.append(head)
        if self.server.answer is not None:
            self.request.sendall(self.server.answer)
            return
        host, _, port = head.split(" ")[1].rpartition(":")
        address = self.server.addresses.get(host, host.strip("[]"))
        with socket.create_connection((address, int(port))) as beyond, suppress(OSError):
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(beyond, self.request))
            back.start()
            _copy(self.request, beyond)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
