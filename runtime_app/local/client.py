"""A signed HTTP client for the local stack: what a control plane does, in one page."""

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal
from runtime_app.sse import Decoder, SseEvent

PREFIX = "/internal/v1"
_TOKEN_TTL_S = 60


class Refused(Exception):
    """The service answered with an error; the message is the envelope's."""


def signed(
    key: SigningKey,
    principal: Principal,
    method: str,
    path: str,
    *,
    run_id: str | None,
    thread_id: str | None,
    raw: bytes,
) -> dict[str, str]:
    """The headers that make one request `principal`'s: a token of 60 s, bound to all of it.

    Args:
        path: below the API's prefix; a query does not count.
        run_id, thread_id: what the request names.
        raw: the exact body.
    """
    now_s = int(time.time())
    whom = {"user_id": principal.user_id, "guest_scope": principal.guest_scope}
    claims = {
        "iat": now_s,
        "exp": now_s + _TOKEN_TTL_S,
        "nonce": secrets.token_hex(16),
        "run_id": run_id,
        "thread_id": thread_id,
        **whom,
        "htm": method,
        "htp": PREFIX + path.partition("?")[0],
        "bsh": hashlib.sha256(raw).hexdigest(),
    }
    given = {name: value for name, value in claims.items() if value is not None}
    headers = {
        "X-OA-RUNTIME-SIGNATURE": tokens.mint(key, given),
        "X-OA-RUNTIME-KEY-ID": key.key_id,
    }
    if principal.guest_scope is not None:
        return {**headers, "X-OA-GUEST-SCOPE": principal.guest_scope}
    return {**headers, "X-OA-USER-ID": str(principal.user_id)}


class Client:
    """Speaks the contract as one user.

    Args:
        base_url: of the service, without a path.
        timeout_s: for one read from the socket.
    """

    def __init__(self, base_url: str, key: SigningKey, user_id: int, timeout_s: float = 60) -> None:
        parts = urlsplit(base_url)
        self._address = parts.hostname or "", parts.port or 80
        self._key = key
        self._principal = Principal(user_id=user_id)
        self._timeout_s = timeout_s

    def call(
        self,
        method: str,
        path: str,
        *,
        run_id: str | None,
        thread_id: str,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """One request, its JSON answer.

        Raises:
            Refused: any status but 2xx.
        """
        with closing(self._connect()) as connection:
            response = self._send(connection, method, path, run_id, thread_id, body)
            return json.loads(response.read())

    def stream(
        self,
        method: str,
        path: str,
        *,
        run_id: str,
        thread_id: str,
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[SseEvent]:
        """One request, its events as they come.

        Raises:
            Refused: any status but 2xx.
        """
        decoder = Decoder()
        with closing(self._connect()) as connection:
            response = self._send(connection, method, path, run_id, thread_id, body)
            while chunk := response.read1(65_536):
                yield from decoder.feed(chunk)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self._address, timeout=self._timeout_s)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        run_id: str | None,
        thread_id: str,
        body: Mapping[str, Any] | None,
    ) -> http.client.HTTPResponse:
        raw = b"" if body is None else json.dumps(body).encode()
        names = {"run_id": run_id, "thread_id": thread_id}
        headers = {
            "Content-Type": "application/json",
            **signed(self._key, self._principal, method, path, **names, raw=raw),
        }
        connection.request(method, PREFIX + path, raw or None, headers)
        response = connection.getresponse()
        if not 200 <= response.status < 300:
            error = json.loads(response.read())["error"]
            raise Refused(f"{response.status} {error['code']}: {error['message']}")
        return response
