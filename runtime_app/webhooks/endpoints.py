"""Where notices go, as the settings say: pure."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime_app.egress.destination import read_url
from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.secret import Secret
from runtime_app.events.notices import NOTICES

MOST = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_PREFIX = "whsec_"
_LEAST_BYTES = 24


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of them.

    Args:
        url: https; it may hold a secret, and is not printed.
        notices: the types that it wants.
    """

    name: str
    url: str = field(repr=False)
    notices: frozenset[str]


def parse_endpoints(text: str) -> Mapping[str, Endpoint]:
    """Read `{"name": {"url": "https://…", "events": ["run.ended"]}}`; without `events` all.

    Raises:
        ValueError: with the remedy; no URL is told.
    """
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(each, dict) for each in given.values()):
        raise ValueError('must be JSON: {"name": {"url": "https://…", "events": ["run.ended"]}}')
    if len(given) > MOST:
        raise ValueError(f"must be at most {MOST} endpoints")
    return {name: _endpoint(name, each) for name, each in given.items()}


def parse_secrets(text: str) -> Mapping[str, tuple[Secret, ...]]:
    """Read `name:whsec_…`, comma separated. A name that stands twice signs with both.

    Raises:
        ValueError: with the remedy; no secret is told.
    """
    found: dict[str, tuple[Secret, ...]] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, secret = item.partition(":")
        if _NAME.match(name) is None or len(key_of(secret)) < _LEAST_BYTES:
            raise ValueError(
                f"must be name:{_PREFIX}… with {_LEAST_BYTES} bytes or more in base64; "
                "`oa-runtime webhooks secret` makes one"
            )
        found[name] = (*found.get(name, ()), Secret(secret))
    return found


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for; none where it is no secret."""
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""


def wanted(endpoints: Mapping[str, Endpoint]) -> Mapping[str, tuple[str, ...]]:
    """Type of notice -> the endpoints that want it; empty without endpoints."""
    return {
        notice: names
        for notice in NOTICES
        if (names := tuple(e.name for e in endpoints.values() if notice in e.notices))
    }


def _endpoint(name: str, given: Mapping[str, object]) -> Endpoint:
    url, events = given.get("url"), given.get("events", list(NOTICES))
    if _NAME.match(name) is None or set(given) - {"url", "events"}:
        raise ValueError("a name is 1 to 40 of a-z 0-9 -, an endpoint has url and events")
    try:
        https = isinstance(url, str) and read_url(url).scheme == "https"
    except EgressRefused:
        https = False
    if not https:
        raise ValueError(f"the url of {name} must be https://…")
    if not isinstance(events, list) or not events or not set(events) <= set(NOTICES):
        raise ValueError(f"the events of {name} must be some of {', '.join(NOTICES)}")
    return Endpoint(name, str(url), frozenset(events))
