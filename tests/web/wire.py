"""HTTP by hand, for what a well-behaved client would never send."""

import json
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """One response."""

    status_code: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


def exchange(base_url: str, pieces: bytes | Iterable[bytes]) -> Answer:
    """Send bytes, piece by piece, as long as the other side takes them; the first answer.

    Raises:
        ConnectionError, http.client.HTTPException: there was no whole answer.
    """
    address = urlsplit(base_url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        with suppress(ConnectionError):  # it stopped listening; what did it say?
            for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                connection.sendall(piece)
        response = HTTPResponse(connection)
        response.begin()
        text = response.read().decode()
        return Answer(response.status, response.headers, text)


def head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """A request's head."""
    lines = [f"{method} {target} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; the empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
