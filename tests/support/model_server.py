"""A server that speaks a model protocol, for tests: real HTTP, real event streams, chosen faults.

The model's name chooses what happens, from a table of behaviours: each turns a request body into
the steps of an answer, chunks and what goes wrong. What was asked is kept in `requests`, `hung_up`
is set when a client leaves in the middle of an answer.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status and JSON body instead of a stream."""

    code: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that go into the stream as they are."""

    content: bytes


class Silence:
    """Say nothing more until the client leaves or the server stops."""


class Tick:
    """Let 5 ms pass."""


class Cut:
    """Drop the connection without ending the body."""


Step = Status | Raw | Silence | Tick | Cut | dict[str, Any]
Behaviour = Callable[[Body], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Body


class ModelServer:
    """Serves on a free loopback port between `__enter__` and `__exit__`.

    Args:
        unknown: what happens for a model that has no behaviour.
        encode: a chunk as it stands in the stream.
        prefix: the path of its base URL.
    """

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour],
        unknown: Behaviour,
        encode: Callable[[Mapping[str, Any]], bytes],
        prefix: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviours = behaviours
        self.unknown = unknown
        self.encode = encode
        self._prefix = prefix
        self.requests: list[ReceivedRequest] = []
        self.hung_up = threading.Event()
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._http = _HTTPServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        for connection in tuple(self._open):
            _shut_down(connection)
        self._http.server_close()
        self._thread.join()

    def follow(self, connection: socket.socket) -> None:
        self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        self._open.discard(connection)


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = False
    owner: ModelServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer

    def setup(self) -> None:
        super().setup()
        self.server.owner.follow(self.connection)

    def finish(self) -> None:
        self.server.owner.forget(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.owner.requests.append(ReceivedRequest(self.path, headers, body))
        self.close_connection = True
        try:
            owner = self.server.owner
            self._perform(owner.behaviours.get(body["model"], owner.unknown)(body))
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            self.server.owner.hung_up.set()

    def _perform(self, steps: Iterator[Step]) -> None:
        streaming = False
        for step in steps:
            match step:
                case Status():
                    self._answer(step)
                    return
                case Tick():
                    if self.server.owner.stopping.wait(0.005):
                        return
                    continue
                case Silence():
                    self._wait_for_hang_up()
                    return
                case Cut():
                    _shut_down(self.connection)
                    return
            if not streaming:
                streaming = True
                self._begin_stream()
            self._write(step.content if isinstance(step, Raw) else self.server.owner.encode(step))
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, status: Status) -> None:
        content = json.dumps(status.body).encode()
        self.send_response(status.code)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for name, value in (headers | dict(status.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _write(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def _wait_for_hang_up(self) -> None:
        if self.connection.recv(1) == b"" and not self.server.owner.stopping.is_set():
            self.server.owner.hung_up.set()


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client has left already
