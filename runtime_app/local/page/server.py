"""The page's HTTP server: its files, the list of models, and the API for its guest."""

import http
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit

from runtime_app.local.page import files, guest
from runtime_app.local.page.relay import PASSED_BACK, Relay, Unreachable
from runtime_app.local.page.routes import PREFIX, match
from runtime_app.local.ports import LOOPBACK

MAX_BODY_BYTES = 1024 * 1024
_JSON = "application/json"
_CHUNK_BYTES = 65_536
#: What the page tells of itself; see `Page.about`.
ABOUT = "/page.json"


@dataclass(frozen=True)
class Page:
    """What is served.

    Args:
        about: the JSON under `/page.json`: the models on offer and where the API is.
    """

    relay: Relay
    about: Mapping[str, Any]


def serve(port: int, page: Page) -> TCPServer:
    """A server that listens on this loopback port; `serve_forever` answers, a thread a request.

    Raises:
        OSError: the port is taken.
    """
    return _Server((LOOPBACK, port), page)


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], page: Page) -> None:
        super().__init__(address, _Exchange)
        self.page = page
        self.files = files.listed()
        self.hosts = {f"{name}:{address[1]}" for name in (LOOPBACK, "localhost")}


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer; then the connection is closed."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if not self._is_own():
            self._refuse(403, "forbidden", "this page answers its own origin only")
        elif path in self.server.files:
            self._file(self.server.files[path])
        elif path == ABOUT:
            self._whole(200, _JSON, json.dumps(self.server.page.about).encode())
        else:
            self._pass_on(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not self._is_own() or self.headers.get_content_type() != _JSON:
            self._refuse(403, "forbidden", "this page answers its own origin only")
        elif not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY_BYTES):
            self._refuse(413, "payload_too_large", "the body is too large")
        else:
            self._pass_on(self.rfile.read(int(length)))

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing: the API logs what is passed on."""

    def _is_own(self) -> bool:
        """Whether the browser asks for this page, or for the user who typed its address."""
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        return self.headers.get("Host") in self.server.hosts and site in ("same-origin", "none")

    def _file(self, file: files.File) -> None:
        more = {"Cache-Control": "no-cache"}
        if file.path.suffix == ".html" and guest.read(self.headers.get("Cookie")) is None:
            more["Set-Cookie"] = guest.new_cookie()
        self._whole(200, file.content_type, file.read(), more)

    def _pass_on(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        request = match(self.command, parts.path, parts.query, body)
        who = guest.read(self.headers.get("Cookie"))
        if request is None:
            self._refuse(404, "not_found", f"the page passes nothing on but {PREFIX}/…")
            return
        if who is None:
            self._refuse(401, "unauthorized", "no guest cookie; reload the page")
            return
        sent = {"Content-Type": _JSON} if body else {}
        if last := self.headers.get("Last-Event-ID"):
            sent["Last-Event-ID"] = last
        try:
            connection, answer = self.server.page.relay.send(request, who, sent)
        except Unreachable as error:
            self._refuse(502, "stack_unreachable", str(error))
            return
        with closing(connection):
            self._hand_back(answer)

    def _hand_back(self, answer: HTTPResponse) -> None:
        """The answer as it comes. A browser that leaves, or an API that breaks off, ends it."""
        passed = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        try:
            self._begin(answer.status, {**passed, "Cache-Control": "no-store"})
            while chunk := answer.read1(_CHUNK_BYTES):
                self.wfile.write(chunk)
        except (OSError, HTTPException) as cut:
            self.log_error("%s %s was cut off: %r", self.command, self.path, cut)

    def _refuse(self, status: int, code: str, message: str) -> None:
        error = {"code": code, "message": message, "details": [], "requestId": ""}
        self._whole(status, _JSON, json.dumps({"error": error}).encode())

    def _whole(
        self, status: int, content_type: str, content: bytes, more: Mapping[str, str] | None = None
    ) -> None:
        length = {"Content-Type": content_type, "Content-Length": str(len(content))}
        self._begin(status, {**length, **(more or {})})
        self.wfile.write(content)

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response_only(status, http.HTTPStatus(status).phrase)
        for name, value in {**files.HEADERS, **headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
