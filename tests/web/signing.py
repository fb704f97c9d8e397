"""Tokens that no honest signer would make, and the request that carries them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import requests

from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api

SIGNATURE = "X-OA-RUNTIME-SIGNATURE"


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(key: SigningKey, text: str | bytes) -> str:
    """A token over any claims text, with a MAC that holds."""
    claims = encoded(text.encode() if isinstance(text, str) else text)
    return f"v1.{claims}.{encoded(hmac.digest(key.secret, claims.encode(), hashlib.sha256))}"


class Look:
    """`GET /runs/{run_id}`: the plainest request there is, whose token can be anything."""

    def __init__(self, api: Api, run_id: str, thread_id: str) -> None:
        self.api = api
        self.run_id = run_id
        self.thread_id = thread_id
        self.path = f"/runs/{run_id}"

    def claims(self, **other: Any) -> dict[str, Any]:
        """Claims that hold, with some put in their place; None leaves one out."""
        names = {"run_id": self.run_id, "thread_id": self.thread_id}
        claims = self.api.claims("GET", self.path, b"", names) | other
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **other: Any) -> str:
        """A token over `claims`."""
        return signed(self.api.key, json.dumps(self.claims(**other)))

    def send(
        self, token: str | None = None, headers: Mapping[str, str | None] | None = None
    ) -> requests.Response:
        """Send it, with this token."""
        carried = {SIGNATURE: self.token() if token is None else token, **(headers or {})}
        return self.api.send("GET", f"{self.path}?thread_id={self.thread_id}", headers=carried)
