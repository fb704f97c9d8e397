"""Secrets that were used in a call, taken out of what came back."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from runtime_app.sanitizer.engine import raw
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.marker import marker

MIN_CHARS = 4
_MIN_BASE64_CHARS = 6


class EchoFilter:
    """Replaces given secrets, whatever they look like.

    In plain, URL-encoded, JSON-escaped and base64 form, in base64 also as part of something longer.
    Secrets of fewer than 4 characters are not looked for: they would be found everywhere.
    """

    def __init__(self, key: PseudonymKey, secrets: Iterable[str]) -> None:
        replacements = {
            form: marker(key, "secret", raw(secret))
            for secret in secrets
            if len(secret) >= MIN_CHARS
            for form in _forms(secret)
        }
        self._replacements = sorted(replacements.items(), key=lambda item: -len(item[0]))

    def __repr__(self) -> str:
        return "EchoFilter(***)"

    def text(self, text: str) -> str:
        """`text` without the secrets."""
        for form, replacement in self._replacements:
            text = text.replace(form, replacement)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value without the secrets, its keys included; numbers stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        return value


def _forms(secret: str) -> Iterator[str]:
    yield secret
    data = raw(secret)
    for encoded in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield encoded
        yield _lower_escapes(encoded)
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
        yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]
    for offset in range(3):
        inner = _base64(data, offset)
        if len(inner) >= _MIN_BASE64_CHARS:
            yield inner
            yield inner.translate(str.maketrans("+/", "-_"))


def _base64(data: bytes, offset: int) -> str:
    """The characters that `data` has in base64 behind `offset` other bytes, whatever these are."""
    whole = base64.b64encode(bytes(offset) + data).decode()
    first, behind = -(-8 * offset // 6), 8 * (offset + len(data)) // 6
    return whole[first:behind]


def _lower_escapes(encoded: str) -> str:
    parts = encoded.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])
