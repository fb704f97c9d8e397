"""gunicorn's gevent worker, with our envelope where it would answer with a page of its own."""

import json
from typing import Any

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.ggevent import GeventWorker

from runtime_app.ids import new_request_id
from web.errors import body


class EnvelopeWorker(GeventWorker):
    """Answers what never reaches the application: a request line or headers that cannot be read."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        status, phrase, code, message = _explain(exc)
        request_id = new_request_id()
        self.log.warning("unreadable request from %s: %s", addr, exc)
        text = json.dumps(body(code, message, [], request_id)).encode()
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"X-Request-Id: {request_id}\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode() + text)
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
    return 400, "Bad Request", "invalid_request", "the request cannot be read as HTTP"
