"""gunicorn's gevent worker, with our envelope where it would answer with a page of its own."""

import json
import socket
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.ggevent import GeventWorker

from runtime_app.ids import new_request_id
from runtime_app.observability import current
from web.errors import body

LINGER_S = 2
LINGER_BYTES = 8_388_608


class EnvelopeWorker(GeventWorker):
    """Answers what never reaches the application: a request line or headers that cannot be read.

    A client that is still sending when its answer goes out is heard a little longer, because a
    socket that is closed with bytes unread takes the answer back; not for long, and not for ever.
    """

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError:
            self.log.info("a client did not take its stream, and was let go: %s", addr)
            raise StopIteration from None
        finally:
            current.clear()
            whole = _discarded(req.body.read)
        if not whole:
            raise StopIteration

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        status, phrase, code, message = _explain(exc)
        request_id = new_request_id()
        if isinstance(exc, ParseException):
            self.log.warning("unreadable request from %s: %s", addr, exc)
        else:
            self.log.error("request %s failed outside the application", request_id, exc_info=exc)
        text = json.dumps(body(code, message, [], request_id)).encode()
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"X-Request-Id: {request_id}\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode() + text)
            client.shutdown(socket.SHUT_WR)
            _discarded(client.recv)
        except OSError as error:
            self.log.debug("the client did not wait for its answer: %s", error)


def _explain(exc: Exception) -> tuple[int, str, str, str]:
    if isinstance(exc, LimitRequestLine):
        return 414, "URI Too Long", "uri_too_long", "the request line is too long"
    if isinstance(exc, LimitRequestHeaders):
        return (
            431,
            "Request Header Fields Too Large",
            "headers_too_large",
            "the headers are too large",
        )
    if isinstance(exc, ParseException):
        return 400, "Bad Request", "invalid_request", "the request cannot be read as HTTP"
    return (
        500,
        "Internal Server Error",
        "internal_error",
        "the service failed; quote the request id",
    )


def _discarded(read: Callable[[int], bytes]) -> bool:
    """Read on to the end; False when it has not come within 2 s and 8 MiB, or cannot be read."""
    left_bytes = LINGER_BYTES
    with gevent.Timeout(LINGER_S, False):
        while left_bytes > 0:
            try:
                data = read(65_536)
            except (OSError, ParseException):
                return False
            if not data:
                return True
            left_bytes -= len(data)
    return False
