"""Values that were used in a call, taken out of what came back."""

import base64
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from runtime_app.sanitizer.engine import raw
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.marker import marker

MIN_CHARS = 4


class EchoFilter:
    """Replaces given secrets in plain, URL-encoded, base64 and JSON-escaped form."""

    def __init__(self, key: PseudonymKey, secrets: Iterable[str]) -> None:
        self._replacements = [
            (form, marker(key, "secret", raw(secret)))
            for secret in sorted(set(secrets), key=len, reverse=True)
            if len(secret) >= MIN_CHARS
            for form in _forms(secret)
        ]

    def text(self, text: str) -> str:
        """`text` without the values."""
        for form, replacement in self._replacements:
            text = text.replace(form, replacement)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value, keys included, without the values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value


def _forms(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    ]
