"""HTTP by hand, for what a well-behaved client would never send."""

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
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


def exchange(base_url: str, pieces: bytes | Iterable[bytes], *, cut: bool = False) -> Answer:
    """Send bytes, piece by piece, and only then read the first answer.

    Args:
        cut: the other side may stop listening before all is sent.

    Raises:
        ConnectionError, http.client.HTTPException: there was no whole answer, or the other side
            stopped listening.
    """
    address = urlsplit(base_url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        with suppress(ConnectionError if cut else ()):
            for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                connection.sendall(piece)
        response = HTTPResponse(connection)
        response.begin()
        text = response.read().decode()
        return Answer(response.status, response.headers, text)


class Endless:
    """An opening, and then the same piece for as long as anybody listens; 64 MiB at most."""

    def __init__(self, opening: bytes, piece: bytes) -> None:
        self.was_cut = True
        self._opening = opening
        self._piece = piece

    def __iter__(self) -> Iterator[bytes]:
        yield self._opening
        for _ in range(64 * 1_048_576 // len(self._piece)):
            yield self._piece
        self.was_cut = False


def head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """A request's head."""
    lines = [f"{method} {target} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; the empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
