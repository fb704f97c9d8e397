"""What the edge knows of the request in hand."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request

from runtime_app.bootstrap.web import WebRuntime
from runtime_app.events.event import Origin
from runtime_app.security.principal import Operator, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """A user's or guest's request that has been let in; set once by `web.auth`."""

    principal: Principal
    run_id: str | None
    thread_id: str


@dataclass(frozen=True, slots=True)
class OperatorCall:
    """An operator's request that has been let in; set once by `web.auth`."""

    operator: Operator
    run_id: str | None
    thread_id: str | None


def caller() -> Caller:
    """The caller of the request in hand, on a route of users and guests."""
    value: Caller = g.caller
    return value


def operator_call() -> OperatorCall:
    """The operator and what the request in hand names, on an operators' route."""
    value: OperatorCall = g.operator_call
    return value


def body() -> Any:
    """The body of the request in hand, as JSON; set once by `web.auth`."""
    return g.body


def origin() -> Origin:
    """The ids under which what the request causes is stored."""
    return Origin.of(g.trace, g.request_id, g.key_id)


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
