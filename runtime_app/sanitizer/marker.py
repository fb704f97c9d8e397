"""What stands where something was taken out."""

import base64
import hashlib
import hmac

from runtime_app.sanitizer.engine import compiled, raw, shown
from runtime_app.sanitizer.keys import PseudonymKey

SOURCE = r"\[redacted:[a-z0-9_]{1,40}:[a-z]:[a-z2-7]{8}\]"
_PATTERN = compiled(SOURCE)
_BEGINS = b"[redacted:"


def marker(key: PseudonymKey, kind: str, value: bytes) -> str:
    """`[redacted:KIND:k:xxxxxxxx]`: the same for the same value under the same key.

    The last part is 40 bits of HMAC-SHA256, in base32: enough to tell secrets apart, too little to
    test guesses without the key.
    """
    mac = hmac.digest(key.secret, kind.encode() + b"\0" + value, hashlib.sha256)
    return f"[redacted:{kind}:{key.key_id}:{base64.b32encode(mac[:5]).decode().lower()}]"


def is_marker(data: bytes) -> bool:
    """Whether `data` is one marker and nothing else."""
    return data.startswith(_BEGINS) and _PATTERN.fullmatch(data) is not None


def marker_end(data: bytes, start: int) -> int | None:
    """Where the marker that begins at `start` ends."""
    if not data.startswith(_BEGINS, start):
        return None
    found = _PATTERN.match(data, start)
    return None if found is None else int(found.end())


def unmarked(name: str) -> str:
    """A name without the markers in it."""
    return shown(without_markers(raw(name))) if "[redacted:" in name else name


def without_markers(data: bytes) -> bytes:
    """`data` without the markers in it, for rules that judge what is left."""
    return bytes(_PATTERN.sub(b"", data)) if _BEGINS in data else data
