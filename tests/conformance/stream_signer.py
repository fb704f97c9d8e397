"""Tokens as the contract has them, for whoever runs the continuity kit against a service."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping

from tests.conformance.stream_reader import Sign


def signer(secret: bytes, user_id: int = 1, key_id: str = "") -> Sign:
    """What lets requests in that speak for a user.

    Args:
        secret: of one of the service's signing keys.
        key_id: which of them it is; may be left out.
    """

    def sign(method: str, path: str, body: bytes, names: Mapping[str, str]) -> Mapping[str, str]:
        now_s = int(time.time())
        claims = {
            "iat": now_s,
            "exp": now_s + 60,
            "nonce": secrets.token_hex(16),
            "user_id": user_id,
            "htm": method,
            "htp": path.partition("?")[0],
            "bsh": hashlib.sha256(body).hexdigest(),
            **names,
        }
        payload = _base64(json.dumps(claims).encode())
        mac = hmac.digest(secret, payload.encode(), "sha256")
        sent = {
            "X-OA-RUNTIME-SIGNATURE": f"v1.{payload}.{_base64(mac)}",
            "X-OA-USER-ID": str(user_id),
        }
        return sent | ({"X-OA-RUNTIME-KEY-ID": key_id} if key_id else {})

    return sign


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
