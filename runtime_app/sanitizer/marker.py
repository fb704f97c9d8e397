"""What stands where something was taken out."""

import base64
import hashlib
import hmac

import re2

from runtime_app.sanitizer.keys import PseudonymKey

MARKER = re2.compile(r"\[redacted:[a-z0-9_]+:[a-z]:[a-z2-7]{8}\]")


def marker(key: PseudonymKey, kind: str, value: str) -> str:
    """`[redacted:KIND:k:xxxxxxxx]`: the same for the same value under the same key."""
    mac = hmac.digest(key.secret, f"{kind}\0{value}".encode(errors="replace"), hashlib.sha256)
    pseudonym = base64.b32encode(mac[:5]).decode().lower()
    return f"[redacted:{kind}:{key.key_id}:{pseudonym}]"
