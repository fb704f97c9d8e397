"""A credential that stands after the name of its scheme: `Bearer …`, `Basic …`, `L402 …`."""

import base64
import binascii

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.looks import like_secret, like_token

SOURCE = r"(?:(?i:bearer|basic|l402|lsat)|Token|TOKEN)(?:[ \t]{1,4}|%20|\+)"
_CREDENTIAL = compiled(r"[A-Za-z0-9._~+/=:%-]*")
_UUID = compiled(r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


def judge_scheme(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """A scheme's name and the space behind it, from `start` to `end`."""
    stop = _CREDENTIAL.match(data, end).end()
    if stop == len(data) and not final:
        return Verdict(stop, open_at=end)
    credential = data[end:stop].rstrip(b".:")
    scheme = data[start:end].rstrip(b" \t+").removesuffix(b"%20").lower()
    if _JUDGES[scheme](credential):
        return found(end, end + len(credential), "secret")
    return Verdict(end)


def _bearer(credential: bytes) -> bool:
    return len(credential) >= 8 and like_secret(credential)


def _basic(credential: bytes) -> bool:
    if len(credential) < 6 or len(credential) % 4 == 1:
        return False
    try:
        decoded = base64.b64decode(credential + b"=" * (-len(credential) % 4), validate=True)
    except binascii.Error:
        return False
    return b":" in decoded


def _token(credential: bytes) -> bool:
    return like_token(credential) and _UUID.fullmatch(credential) is None


def _l402(credential: bytes) -> bool:
    return len(credential) >= 16 and like_secret(credential)


_JUDGES = {b"bearer": _bearer, b"basic": _basic, b"token": _token, b"l402": _l402, b"lsat": _l402}
