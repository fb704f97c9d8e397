"""A proxy before a service that spoils one kind of answer and hands on all others as they come."""

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast
from urllib.parse import urlsplit

_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "host"}


def _as_it_is(line: bytes) -> bytes | None:
    return line


@dataclass(frozen=True)
class Spoilt:
    """What becomes of a request whose method and path match `where`, whole.

    Args:
        line: of the answer, what is handed on instead; None ends the answer there.
        status: answered instead of what the service says, with `body`; the service is not asked.
        drop: a header that the service does not get.
    """

    where: str
    line: Callable[[bytes], bytes | None] = _as_it_is
    status: int = 0
    body: bytes = b"{}"
    drop: str = ""

    def meets(self, method: str, target: str) -> bool:
        return re.fullmatch(self.where, f"{method} {target}") is not None


_NOTHING = Spoilt(r"nothing")


class _Door(ThreadingHTTPServer):
    daemon_threads = True
    behind: str
    spoilt: Spoilt


class _Passage(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        door = cast(_Door, self.server)
        spoilt = door.spoilt if door.spoilt.meets(self.command, self.path) else _NOTHING
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if spoilt.status:
            self._answer(spoilt.status, {"Content-Type": "application/json"})
            self.wfile.write(spoilt.body)
            return
        asked = {k: v for k, v in self.headers.items() if k.lower() not in _HOP | {spoilt.drop}}
        service = urlsplit(door.behind)
        connection = http.client.HTTPConnection(service.netloc, timeout=60)
        try:
            connection.request(self.command, self.path, raw or None, asked)
            response = connection.getresponse()
            self._answer(response.status, dict(response.getheaders()))
            while (given := response.readline()) and (line := spoilt.line(given)) is not None:
                self.wfile.write(line)
                self.wfile.flush()
        except OSError:
            return  # the reader has left
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def spoiler(base_url: str, spoilt: Spoilt = _NOTHING) -> Iterator[str]:
    """The base URL of a proxy before `base_url`, for the length of the block."""
    door = _Door(("127.0.0.1", 0), _Passage)
    door.behind, door.spoilt = base_url, spoilt
    thread = Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.server_port}"
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
