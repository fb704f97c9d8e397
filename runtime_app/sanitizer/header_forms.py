"""Headers as they are given: a map, pairs, `{name, value}` items, or raw text."""

import re
from typing import Any

from runtime_app.sanitizer.concealment import conceal
from runtime_app.sanitizer.headers import is_secret_header
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import TooManyNodes, oversize_value
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import redact
from runtime_app.sanitizer.walk import Walk

_LINE_END = re.compile(r"(\r\n|\r|\n)")


def clean_headers(headers: Any, profile: Profile, key: PseudonymKey) -> Any:
    """Headers with the values of secret names masked, and the rest sanitized as text."""
    if isinstance(headers, str):
        return "".join(_line(line, profile, key) for line in _LINE_END.split(headers))
    given = headers if isinstance(headers, dict | list | tuple) else _plain(headers)
    try:
        return Walk(key, profile, None).root(given, headers=True)
    except TooManyNodes:
        return oversize_value(given)


def _line(line: str, profile: Profile, key: PseudonymKey) -> str:
    name, colon, value = line.partition(":")
    if not colon or not is_secret_header(name):
        return redact(line, profile, key)
    inner = value.strip()
    before = value[: len(value) - len(value.lstrip())]
    return f"{name}:{before}{conceal(inner, key)}"


def _plain(headers: Any) -> Any:
    """Header objects of HTTP libraries are maps that may hold a name twice."""
    items = getattr(headers, "items", None)
    return headers if items is None else [[str(name), value] for name, value in items()]
