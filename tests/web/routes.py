"""Every signed route as a request that may be sent, made from the application's own map.

A new route joins by itself, with the least body that its policy implies; where it needs more, it
stands in `_BODIES`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask

from runtime_app.bootstrap.web import WebRuntime
from runtime_app.config import Config
from runtime_app.ds.catalog import RECAP_THREAD
from tests.support.api import PREFIX, Api, fresh
from tests.support.sanitizer import KEYS
from tests.web.solo import KEY
from web.api import Routes
from web.app import create_app
from web.policy import Names, policy_of

MODEL = "scripted/echo"


@dataclass(frozen=True)
class Route:
    """One route. `body` makes the body for a run and a thread; None is a request without one.

    `names_run` is whether the request names a run, `starts` whether it may name a new one.
    `scope` is what an operators' route demands.
    """

    method: str
    rule: str
    body: Callable[[str, str], Any] | None = None
    query: str = ""
    names_run: bool = True
    names_thread: bool = True
    starts: bool = False
    scope: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def path(self, run_id: str, thread_id: str) -> str:
        """The target below the prefix, with its query."""
        named = self.rule.replace("<run_id>", run_id).replace("<thread_id>", thread_id)
        return named + self.query.format(thread_id=thread_id)

    def names(self, run_id: str, thread_id: str) -> dict[str, str]:
        """The claims that go with it."""
        named = {"run_id": run_id} if self.names_run else {}
        return {**named, "thread_id": thread_id} if self.names_thread else named

    def call(
        self,
        api: Api,
        run_id: str,
        thread_id: str,
        *,
        claims: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        """Send it, with the claims that belong to it or with others."""
        signed = self.names(run_id, thread_id) if claims is None else claims
        body = None if self.body is None else self.body(run_id, thread_id)
        path = self.path(run_id, thread_id)
        return api.send(self.method, path, body=body, headers=headers, claims=signed)


def application(*more: Routes) -> Flask:
    """The application over settings that lead nowhere, with more routes; nothing connects."""
    settings = {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "OA_BROKER_URL": "redis://localhost/0",
        "OA_SIGNING_KEYS": f"{KEY.key_id}:{KEY.secret.decode()}",
        "OA_SANITIZER_KEYS": KEYS,
    }
    return create_app(WebRuntime.build(Config.from_env(settings)), more)


def _start(run_id: str, thread_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "thread_id": thread_id, "model": MODEL}


def _frame(_run_id: str, thread_id: str) -> dict[str, Any]:
    return {"thread_id": thread_id, "frame_id": fresh("f"), "type": "context", "payload": {"a": 1}}


def _both(run_id: str, thread_id: str) -> dict[str, Any]:
    frame = {"frame_id": fresh("f"), "type": "context", "payload": {"a": 1}}
    return {"run": _start(run_id, thread_id), "frame": frame}


def _execute(run_id: str, thread_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "thread_id": thread_id, "tool_name": "clock"}


def _predict(_run_id: str, thread_id: str) -> dict[str, Any]:
    recap = {"thread_id": thread_id, "messages": []}
    return {"thread_id": thread_id, "signature_id": RECAP_THREAD.id, "params": recap}


def _thread(_run_id: str, thread_id: str) -> dict[str, Any]:
    return {"thread_id": thread_id}


#: What a body needs besides the names.
_BODIES: Mapping[str, Callable[[str, str], Any]] = {
    "POST /runs/<run_id>/frames": _frame,
    "POST /tools/execute": _execute,
    "POST /ds/predict": _predict,
}
_IN_QUERY = (Names.PATH_AND_QUERY, Names.THREAD_QUERY)
_WITHOUT_RUN = (
    *(Names.THREAD_PATH, Names.THREAD_QUERY, Names.THREAD_BODY),
    Names.NOTHING,
)
_BY_POLICY: Mapping[Names, Callable[[str, str], Any]] = {
    Names.BODY: _start,
    Names.BODY_RUN: _both,
    Names.PATH_AND_BODY: _thread,
    Names.THREAD_BODY: _thread,
}


def _routes() -> Iterator[Route]:
    app = application()
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if not str(rule).startswith(PREFIX):
            continue
        policy = policy_of(app, rule.endpoint)
        assert policy is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            below = str(rule).removeprefix(PREFIX)
            query = ["thread_id={thread_id}"] if policy.names in _IN_QUERY else []
            query += ["tail_ms=1"] if below.endswith("/stream") else []
            sends = method in ("POST", "PUT", "PATCH")
            least = _BY_POLICY.get(policy.names, lambda _run_id, _thread_id: {})
            yield Route(
                method,
                below,
                _BODIES.get(f"{method} {below}", least) if sends else None,
                f"?{'&'.join(query)}" if query else "",
                names_run=policy.names not in _WITHOUT_RUN,
                names_thread=policy.names is not Names.NOTHING,
                starts=policy.names in (Names.BODY, Names.BODY_RUN),
                scope=policy.scope,
            )


#: In an order in which their owner may walk them: what starts a run first, its end last.
ALL = tuple(sorted(_routes(), key=lambda route: (not route.starts, "cancel" in route.rule)))
#: Those of users and guests, and those of operators.
ROUTES = tuple(route for route in ALL if route.scope is None)
OPERATORS = tuple(route for route in ALL if route.scope is not None)
#: The tools can be listed for a thread that is yet to come, and it can be set.
_AHEAD = ("/tools", "/ds/predict", "/ds/receipts", "/threads/<thread_id>/settings")
EXISTING = tuple(route for route in ROUTES if not route.starts and route.rule not in _AHEAD)


def start(api: Api) -> tuple[str, str]:
    """Start the run that the table's requests are about; its id and its thread's."""
    run_id, thread_id = fresh(), fresh("t")
    response = api.start(run_id, thread_id, model=MODEL)
    assert response.status_code == 201, response.text
    return run_id, thread_id
