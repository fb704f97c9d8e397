"""Streams on sockets of a test's own, read when and as far as it likes."""

import json
import socket
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from runtime_app.sse import Decoder
from tests.support.api import PREFIX, Api
from tests.web.reading import Run
from tests.web.wire import head

CLOSE = {"Connection": "close"}


def connect(
    api: Api, run: Run, query: str, headers: Mapping[str, str] = CLOSE, **options: int
) -> socket.socket:
    """A stream on a socket of our own, asked for and not read."""
    run_id, thread_id = run
    address = urlsplit(api.base_url)
    connection = socket.socket()
    if "receive_bytes" in options:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["receive_bytes"])
    connection.connect((address.hostname, address.port))
    connection.settimeout(20)
    path = f"/runs/{run_id}/stream?thread_id={thread_id}{query}"
    names = {"run_id": run_id, "thread_id": thread_id}
    token = api.token("GET", path, b"", names)
    sent = {"X-OA-RUNTIME-SIGNATURE": token, **api.principal, **headers}
    connection.sendall(head("GET", PREFIX + path, sent))
    return connection


def unchunked(raw: bytes) -> bytes:
    """What the whole chunks of a response's body hold."""
    _, _, rest = raw.partition(b"\r\n\r\n")
    body = b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if len(rest) < length:
            break
        body += rest[:length]
        rest = rest[length + 2 :]
    return body


def read_to_end(connection: socket.socket) -> bytes:
    raw = b""
    while data := connection.recv(65_536):
        raw += data
    return raw


def read_up(connection: socket.socket, pause_s: float = 0) -> bytes:
    """What comes until the reader has caught up, 16 KiB at a time."""
    raw = b""
    while b"\n: caught-up" not in raw[-20_000:]:
        data = connection.recv(16_384)
        assert data, "the stream has ended"
        raw += data
        threading.Event().wait(pause_s)
    return raw


def seqs(raw: bytes) -> list[int]:
    """The seqs of the native events in a response, of which the last may be cut."""
    return [json.loads(event.data)["seq"] for event in Decoder().feed(unchunked(raw))]
