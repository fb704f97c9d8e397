"""What stands below a secret key: every leaf is replaced, whatever it looks like."""

import json
from typing import Any

from runtime_app.sanitizer.engine import compiled, raw, shown
from runtime_app.sanitizer.finder import find
from runtime_app.sanitizer.json_types import as_json
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import (
    MAX_DEPTH,
    MAX_STRING_BYTES,
    Budget,
    TooManyCandidates,
    oversize_value,
)
from runtime_app.sanitizer.marker import is_marker, marker, without_markers
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import redact, replaced

_SCHEME = compiled(r"(?i:(?:bearer|basic|token|l402|lsat)[ \t]{1,4})?")
_MIN_PHONE_DIGITS = 6
_FEW = 4  # a value that is one secret is not made of many places


def conceal(value: Any, key: PseudonymKey, depth: int = 0) -> Any:
    """`value` with a marker in place of every leaf; null and the empty text stay.

    The scheme before a credential stays too, so that the credential has the pseudonym it has in a
    text.
    """
    if value is None or value == "":
        return value
    if isinstance(value, str):
        return _leaf(value, key)
    if isinstance(value, bool | int | float):
        return marker(key, "secret", json.dumps(value).encode())
    if not isinstance(value, dict | list | tuple):
        return conceal(as_json(value), key, depth)
    if depth >= MAX_DEPTH:
        return marker(key, "secret", oversize_value(value).encode())
    if isinstance(value, dict):
        shown_as = {
            redact(str(name), Profile.SECRETS, key, Budget(_FEW)): conceal(item, key, depth + 1)
            for name, item in value.items()
        }
        return value if shown_as == value else shown_as
    made = [conceal(item, key, depth + 1) for item in value]
    return value if made == value else made


def conceal_personal(value: Any, kind: str, key: PseudonymKey) -> Any:
    """A leaf, or a list of leaves, that identifies a person by its key; an object stays."""
    if isinstance(value, list | tuple):
        made = [conceal_personal(item, kind, key) for item in value]
        return value if made == list(value) else made
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return value
    data = raw(value) if isinstance(value, str) else str(value).encode()
    digits = sum(0x30 <= byte <= 0x39 for byte in without_markers(data))
    if is_marker(data) or (kind == "phone" and digits < _MIN_PHONE_DIGITS):
        return value
    return marker(key, kind, data)


def _leaf(text: str, key: PseudonymKey) -> str:
    data = raw(text)
    scheme = _SCHEME.match(data).end()
    if is_marker(data[scheme:]):
        return text
    if len(data) <= MAX_STRING_BYTES:
        hits = _hits(data)
        if len(hits) == 1 and hits[0].start in (0, scheme) and hits[0].end == len(data):
            return shown(replaced(data, hits, key))
    return marker(key, "secret", data)


def _hits(data: bytes) -> list[Any]:
    try:
        return find(data, Profile.SECRETS, Budget(_FEW)).hits
    except TooManyCandidates:
        return []
