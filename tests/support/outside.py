"""A server outside, for tests of the way out: real HTTP(S) on loopback, by chosen path.

What it was asked is kept in `heads`; the certificate is that of `api.example.com`,
`www.example.com` and `api.example.org`, under an authority that only tests trust.
"""

import base64
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Self

from tests.support.outside_answers import Wait, answer_to

TLS = Path(__file__).parent / "tls"


def trusting() -> ssl.SSLContext:
    """A context that trusts the tests' authority and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(TLS / "authority.pem")
    return context


class Outside:
    """Serves on a free loopback port between `__enter__` and `__exit__`."""

    def __init__(self, *, tls: bool = True, host: str = "127.0.0.80", port: int = 0) -> None:
        self.heads: list[str] = []
        self.server_names: list[str] = []
        self.stopping = threading.Event()
        self.tls = serving(self.server_names) if tls else None
        self._tcp = _Server((host, port), _Conversation)
        self._tcp.owner = self
        self._thread = threading.Thread(target=self._tcp.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return self._tcp.server_address[1]

    def asked(self, path: str) -> list[str]:
        """The heads of the requests for a path, query aside."""
        return [head for head in self.heads if head.split(" ")[1].partition("?")[0] == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self._tcp.shutdown()
        self._tcp.server_close()
        self._thread.join()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    owner: Outside


class _Conversation(BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        owner = self.server.owner
        self.request.settimeout(10)
        # A client that refuses us hangs up in the middle of anything.
        with suppress(OSError):
            if owner.tls is None:
                self._converse(self.request)
            else:
                with owner.tls.wrap_socket(self.request, server_side=True) as connection:
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        head = _head(connection)
        if head:
            self.server.owner.heads.append(head)
            self._send(connection, answer_to(head))
            connection.shutdown(socket.SHUT_WR)

    def _send(self, connection: socket.socket, pieces: Iterable[bytes | Wait]) -> None:
        for piece in pieces:
            if self.server.owner.stopping.is_set():
                return
            if isinstance(piece, Wait):
                self.server.owner.stopping.wait(piece.seconds)
            else:
                connection.sendall(piece)


def _head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65_536)
        if not piece:
            return ""
        head += piece
    return head.decode()


def serving(server_names: list[str]) -> ssl.SSLContext:
    """The context of a server under the tests' authority; it notes the names it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Kept without its PEM lines, so that nobody takes it for a key that matters.
    key = base64.b64decode((TLS / "server.key.b64").read_text())
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(ssl.DER_cert_to_PEM_cert(key).replace("CERTIFICATE", "PRIVATE KEY"))
        file.flush()
        context.load_cert_chain(TLS / "server.pem", file.name)
    context.sni_callback = lambda _socket, name, _context: server_names.append(name or "")
    return context
