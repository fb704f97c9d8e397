"""What proves a delivery: the headers of Standard Webhooks, pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping


def headers(delivery_id: str, at_s: int, body: bytes, keys: Iterable[bytes]) -> Mapping[str, str]:
    """The headers of one attempt.

    Args:
        at_s: when it is sent, in seconds since 1970.
        keys: each signs; there are two while a secret is changed.
    """
    signed = f"{delivery_id}.{at_s}.".encode() + body
    signatures = (
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys
    )
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(signatures),
    }
