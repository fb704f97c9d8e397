"""`x-request-id`: given or made, on every response, and with every event the request causes.

So is the trace of `traceparent` (W3C Trace Context), where the request belongs to one.
"""

import re

from flask import Flask, Response, g, request

from runtime_app.ids import new_request_id
from web.identifiers import problem

HEADER = "X-Request-Id"
TRACEPARENT = "traceparent"
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace_id>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


def install(app: Flask) -> None:
    """Name every request before anything else looks at it."""
    app.before_request(_name)
    app.after_request(_answer)


def _name() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = new_request_id() if problem(given) else given
    traced = _TRACEPARENT.fullmatch(request.headers.get(TRACEPARENT, ""))
    g.trace_id = None if traced is None else traced["trace_id"]


def _answer(response: Response) -> Response:
    response.headers[HEADER] = g.get("request_id") or new_request_id()
    return response
