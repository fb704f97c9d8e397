"""What the edge knows of the request in hand."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request

from runtime_app.bootstrap.web import WebRuntime
from runtime_app.events.event import Origin
from runtime_app.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """A request that has been let in; set once by `web.auth`."""

    principal: Principal
    run_id: str | None
    thread_id: str
    body: Any


def caller() -> Caller:
    """The caller of the request in hand."""
    value: Caller = g.caller
    return value


def origin() -> Origin:
    """The ids under which the request's events are stored."""
    return Origin.of(g.trace, g.request_id)


def runtime() -> WebRuntime:
    """The runtime of this process."""
    value: WebRuntime = current_app.extensions["runtime"]
    return value


def uri_as_sent() -> str:
    """The request's target as it stood on the request line, escapes and query included."""
    uri: str = request.environ["RAW_URI"]
    return uri


def path_as_sent() -> str:
    """Its path, escapes and all; `request.path` has them resolved."""
    uri = uri_as_sent()
    return uri.partition("?")[0] if uri.startswith("/") else urlsplit(uri).path
