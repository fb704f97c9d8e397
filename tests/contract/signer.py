"""Signs whatever request a generator has made, for what it happens to name."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from runtime_app.security.key_ring import SCOPES
from tests.support.api import PREFIX, Api
from tests.web.routes import OPERATORS

_RUN = re.compile(r"/runs/([^/?]+)")
_THREAD = re.compile(r"/threads/([^/?]+)")


class Signer(requests.auth.AuthBase):
    """The last word on a request: its principal, and a token over the bytes that are sent."""

    def __init__(self, api: Api) -> None:
        self._user = api
        self._operator = api.as_operator("ada", *SCOPES)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        target = request.path_url.removeprefix(PREFIX)
        raw = request.body or b""
        raw = raw.encode() if isinstance(raw, str) else raw
        api = self._operator if _is_operators(request.method, target) else self._user
        token = api.token(request.method or "", target, raw, _names(target, raw))
        request.headers.update({**api.principal, "X-OA-RUNTIME-SIGNATURE": token})
        return request


def _is_operators(method: str | None, target: str) -> bool:
    path = urlsplit(target).path
    return any(
        route.method == method and re.fullmatch(re.sub("<[^>]+>", "[^/]+", route.rule), path)
        for route in OPERATORS
    )


def _names(target: str, raw: bytes) -> dict[str, Any]:
    """What the request names, wherever it does; what is no text names nothing."""
    body = _object(raw)
    body = body.get("run", body) if isinstance(body.get("run", body), dict) else {}
    path = urlsplit(target).path
    in_path = _RUN.match(path) if path.rstrip("/") != "/runs/stream" or not raw else None
    thread = _THREAD.match(path)
    query = parse_qs(urlsplit(target).query)
    named = {
        "run_id": unquote(in_path[1]) if in_path else body.get("run_id"),
        "thread_id": unquote(thread[1]) if thread else None,
    }
    named["thread_id"] = (
        named["thread_id"] or (query.get("thread_id") or [None])[0] or body.get("thread_id")
    )
    return {name: value for name, value in named.items() if isinstance(value, str)}


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
