"""Every signed route as a request that its owner may send; the table is held complete by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.api import Api, fresh

MODEL = "scripted/echo"


@dataclass(frozen=True)
class Route:
    """One route. `body` makes the body for a run and a thread; None is a request without one.

    `names_run` is whether the request names a run, `starts` whether it may name a new one.
    """

    method: str
    rule: str
    body: Callable[[str, str], Any] | None = None
    query: str = ""
    names_run: bool = True
    starts: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def path(self, run_id: str, thread_id: str) -> str:
        """The target below the prefix, with its query."""
        named = self.rule.replace("<run_id>", run_id).replace("<thread_id>", thread_id)
        return named + self.query.format(thread_id=thread_id)

    def names(self, run_id: str, thread_id: str) -> dict[str, str]:
        """The claims that go with it."""
        named = {"run_id": run_id} if self.names_run else {}
        return {**named, "thread_id": thread_id}

    def call(
        self,
        api: Api,
        run_id: str,
        thread_id: str,
        *,
        claims: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        """Send it, with the claims that belong to it or with others."""
        signed = self.names(run_id, thread_id) if claims is None else claims
        body = None if self.body is None else self.body(run_id, thread_id)
        path = self.path(run_id, thread_id)
        return api.send(self.method, path, body=body, headers=headers, **signed)


def _start(run_id: str, thread_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "thread_id": thread_id, "model": MODEL}


def _frame(_run_id: str, thread_id: str) -> dict[str, Any]:
    return {"thread_id": thread_id, "frame_id": fresh("f"), "type": "context", "payload": {"a": 1}}


def _both(run_id: str, thread_id: str) -> dict[str, Any]:
    frame = {"frame_id": fresh("f"), "type": "context", "payload": {"a": 1}}
    return {"run": _start(run_id, thread_id), "frame": frame}


def _thread(_run_id: str, thread_id: str) -> dict[str, Any]:
    return {"thread_id": thread_id}


_OF_THREAD = "?thread_id={thread_id}"

ROUTES = (
    Route("POST", "/runs", _start, starts=True),
    Route("POST", "/runs/stream", _both, "?tail_ms=1", starts=True),
    Route("GET", "/runs/<run_id>", None, _OF_THREAD),
    Route("GET", "/runs/<run_id>/snapshot", None, _OF_THREAD),
    Route("GET", "/runs/<run_id>/events", None, _OF_THREAD),
    Route("GET", "/runs/<run_id>/integrity", None, _OF_THREAD),
    Route("GET", "/runs/<run_id>/stream", None, _OF_THREAD + "&tail_ms=1"),
    Route("POST", "/runs/<run_id>/frames", _frame),
    Route("GET", "/threads/<thread_id>/state", None, names_run=False),
    Route("POST", "/runs/<run_id>/cancel", _thread),
)

EXISTING = tuple(route for route in ROUTES if not route.starts)


def start(api: Api) -> tuple[str, str]:
    """Start the run that the table's requests are about; its id and its thread's."""
    run_id, thread_id = fresh(), fresh("t")
    response = api.start(run_id, thread_id, model=MODEL)
    assert response.status_code == 201, response.text
    return run_id, thread_id
