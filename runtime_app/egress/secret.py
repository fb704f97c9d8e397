"""Credentials: shown to nobody, bound to one origin each."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from runtime_app.egress.destination import read_url
from runtime_app.egress.refusal import EgressRefused

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}\Z")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?\Z")
_MIN_VALUE = 8
#: What a request is made of; a credential in there would change where or how it is sent.
_RESERVED = frozenset(
    (
        *("host", "connection", "content-length", "transfer-encoding"),
        *("accept-encoding", "te", "upgrade"),
    )
)


class Secret:
    """A value that is not printed, compared or pickled; `reveal` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the wire."""
        return self._value

    def words(self) -> tuple[str, ...]:
        """What of it may come back in an answer: the whole, and every word of 8 characters or more.

        The scheme in `Bearer …` is none; the token behind it may come back alone.
        """
        words = (word for word in self._value.split() if len(word) >= _MIN_VALUE)
        return (self._value, *words)

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied out of its process")


@dataclass(frozen=True, slots=True)
class Credential:
    """A header that one origin may see.

    Args:
        origin: scheme, host and port, all written out.
    """

    name: str
    origin: str
    header: str
    secret: Secret


def parse_credentials(text: str) -> Mapping[str, Credential]:
    """Read `{"name": {"origin": "https://…", "header": "Authorization", "value": "Bearer …"}}`.

    Raises:
        ValueError: with the remedy; no value is told.
    """
    try:
        given = json.loads(text)
        return {name: _credential(name, **fields) for name, fields in given.items()}
    except (json.JSONDecodeError, AttributeError, TypeError):
        raise ValueError('must be JSON: {"name": {"origin": …, "header": …, "value": …}}') from None


def _credential(name: str, *, origin: str, header: str, value: str) -> Credential:
    try:
        destination = read_url(origin)
    except EgressRefused as error:
        raise ValueError(f"must have an https origin for {name!r} ({error.code})") from None
    if destination.scheme != "https" or destination.target != "/":
        raise ValueError(f"must have an origin like https://api.example.com for {name!r}")
    if _HEADER.match(header) is None or header.lower() in _RESERVED:
        raise ValueError(f"must have a header name for {name!r}")
    if len(value) < _MIN_VALUE or _VALUE.match(value) is None:
        raise ValueError(f"must have a value of 8 to 4096 plain characters for {name!r}")
    return Credential(name, destination.origin, header, Secret(value))
