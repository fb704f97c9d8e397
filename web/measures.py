"""What is told of every request to a signed route: how it was answered, and how soon."""

from flask import Flask, Response, g, request

from runtime_app.observability import telemetry
from web.context import runtime
from web.policy import PREFIX


def install(app: Flask) -> None:
    """Measure from here to the headers of the answer."""
    app.before_request(_begin)
    app.after_request(_tell)


def routes_of(app: Flask) -> tuple[str, ...]:
    """The signed routes, as labels spell them."""
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    return tuple(sorted(rule for rule in rules if rule.startswith(PREFIX)))


def _begin() -> None:
    g.began_s = runtime().clock.monotonic()


def _tell(response: Response) -> Response:
    rule = request.url_rule
    if rule is not None and rule.rule.startswith(PREFIX) and "began_s" in g:
        telemetry.emit(
            "http.request",
            runtime().clock.monotonic() - g.began_s,
            route=rule.rule,
            method=request.method,
            status_class=f"{response.status_code // 100}xx",
        )
    return response
