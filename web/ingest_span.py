"""The span of a request that brings something in; what it causes goes on from there."""

from flask import Flask, Response, g, request

from runtime_app.observability import current, spans
from web.policy import PREFIX


def install(app: Flask) -> None:
    """Open it once the request has its ids, end it with the response (a stream has its own)."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    rule = request.url_rule
    if request.method != "POST" or rule is None or not rule.rule.startswith(PREFIX):
        return
    about: dict[str, spans.Value] = {"http.request.method": "POST", "http.route": rule.rule}
    g.ingest = spans.begin("runtime.ingest", g.trace, about)
    g.trace = g.ingest.context
    current.bind(g.trace, g.request_id)


def _end(response: Response) -> Response:
    span: spans.Span | None = g.pop("ingest", None)
    if span is not None:
        caller = g.get("caller")
        if caller is not None and caller.run_id is not None:
            span.put("oa.run_id", caller.run_id)
        span.put("http.response.status_code", response.status_code)
        if response.status_code >= 500:
            span.fail(str(response.status_code))
        span.end()
    return response
