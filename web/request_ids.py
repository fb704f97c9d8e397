"""`x-request-id`: given or made, on every response, and with every event the request causes.

So is the place in its trace (W3C Trace Context), where the request belongs to one.
"""

from flask import Flask, Response, g, request

from runtime_app.ids import new_request_id
from runtime_app.observability import current, trace_context
from web.context import runtime
from web.identifiers import problem

HEADER = "X-Request-Id"


def install(app: Flask) -> None:
    """Name every request before anything else looks at it."""
    app.before_request(_name)
    app.after_request(_answer)


def _name() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = new_request_id() if problem(given) else given
    state = request.headers.get("tracestate")
    if state and runtime().db.sanitizer.holds_credential(state):
        state = None  # it is stored, and sent on to whoever is called
    g.trace = trace_context.parse(request.headers.get("traceparent"), state)
    current.bind(g.trace, g.request_id)


def _answer(response: Response) -> Response:
    response.headers[HEADER] = g.get("request_id") or new_request_id()
    return response
