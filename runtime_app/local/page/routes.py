"""Which requests of the page are passed on, and what each of them names: one table."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

#: What stands before the API's paths on the page's own origin.
PREFIX = "/api"
_ID = r"[A-Za-z0-9._:-]{1,200}"

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """What a token has to name; the API says what is wrong with a request that names nothing."""

    run_id: str | None
    thread_id: str | None


@dataclass(frozen=True)
class Request:
    """A request that is passed on.

    Args:
        path: below the API's prefix, without the query.
        body: as it was sent; empty for none.
    """

    method: str
    path: str
    query: str
    body: bytes
    names: Names


def _in_query(path: Fields, query: Fields, _body: Fields) -> Names:
    return Names(path["run_id"], query.get("thread_id"))


def _in_body(path: Fields, _query: Fields, body: Fields) -> Names:
    return Names(path["run_id"], _text(body.get("thread_id")))


def _in_run(_path: Fields, _query: Fields, body: Fields) -> Names:
    run = body.get("run")
    named = run if isinstance(run, dict) else {}
    return Names(_text(named.get("run_id")), _text(named.get("thread_id")))


def _in_path(path: Fields, _query: Fields, _body: Fields) -> Names:
    return Names(None, path["thread_id"])


_RUN, _THREAD = rf"/runs/(?P<run_id>{_ID})", rf"/threads/(?P<thread_id>{_ID})"
_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[[Fields, Fields, Fields], Names]], ...] = (
    ("POST", re.compile(r"/runs/stream"), _in_run),
    ("POST", re.compile(rf"{_RUN}/cancel"), _in_body),
    ("GET", re.compile(rf"{_RUN}/(stream|snapshot|events|integrity)"), _in_query),
    ("GET", re.compile(rf"{_THREAD}/state"), _in_path),
)


def match(method: str, path: str, query: str, body: bytes) -> Request | None:
    """The request to pass on, or None where the page has no business.

    Args:
        path: as the browser sent it, `/api` in front.
    """
    inner = path.removeprefix(PREFIX)
    if inner == path:
        return None
    for verb, pattern, names in _ROUTES:
        found = pattern.fullmatch(inner)
        if found and verb == method:
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            named = names(found.groupdict(), asked, _object(body))
            return Request(method, inner, query, body, named)
    return None


def _object(body: bytes) -> Fields:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
