"""Planted secrets: made up at run time, so that no scanner of repositories takes them for real."""

import base64
import json
import secrets
from collections.abc import Iterator
from urllib.parse import quote


def planted() -> dict[str, str]:
    """One fresh secret of each kind that is told by its looks alone."""
    alphabet = secrets.token_hex(20)
    header = _part({"alg": "HS256", "typ": "JWT"})
    return {
        "model key": "sk" + "-" + f"{alphabet}9",
        "repository token": "gh" + "p_" + alphabet[:36],
        "access key": "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode(),
        "json web token": f"{header}.{_part({'sub': alphabet})}.{secrets.token_urlsafe(32)}",
    }


def forms(secret: str) -> Iterator[bytes]:
    """How the secret may stand in bytes: plain, URL-encoded, JSON-escaped, base64 at any offset."""
    raw = secret.encode()
    yield raw
    yield quote(secret, safe="").encode()
    for only_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=only_ascii)[1:-1].encode()
    for lead in range(3):
        # What base64 makes of the inner bytes does not depend on what stands before and after.
        inner = base64.b64encode(b"\0" * lead + raw)[4 if lead else 0 : -4]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def _part(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
