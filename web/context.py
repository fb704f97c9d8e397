"""What the edge knows of the request in hand, set once by `web.auth`."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g

from runtime_app.bootstrap.web import WebRuntime
from runtime_app.events.event import Origin
from runtime_app.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """A request that has been let in."""

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
    return Origin(trace_id=g.get("trace_id"), request_id=g.request_id)


def runtime() -> WebRuntime:
    """The runtime of this process."""
    value: WebRuntime = current_app.extensions["runtime"]
    return value
