"""A signed HTTP client of the API: what a control plane does, in one page."""

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
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


class NoAnswer(Exception):
    """Nobody listens there, the connection broke, or nothing came in time."""


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
    """Speaks the contract as one principal.

    Args:
        base_url: of the service, http or https, without a path.
        timeout_s: for one read from the socket.
    """

    def __init__(
        self, base_url: str, key: SigningKey, principal: Principal, timeout_s: float = 60
    ) -> None:
        self._base_url = base_url
        self._key = key
        self._principal = principal
        self._timeout_s = timeout_s

    def look(self, path: str) -> tuple[int, Any]:
        """The status and the JSON of a GET outside the API, unsigned: `/healthz`, `/readyz`.

        Raises:
            NoAnswer: no answer came.
        """
        with self._connection() as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

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
            NoAnswer: no answer came.
        """
        with self._connection() as connection:
            response = self._send(connection, method, path, run_id, thread_id, body, {})
            return json.loads(response.read())

    def stream(
        self,
        method: str,
        path: str,
        *,
        run_id: str,
        thread_id: str,
        body: Mapping[str, Any] | None = None,
        after: str | None = None,
    ) -> Iterator[SseEvent]:
        """One request, its events as they come.

        Args:
            after: the id of the last event that was seen, for `Last-Event-ID`.
        Raises:
            Refused: any status but 2xx.
            NoAnswer: no answer came, or it broke off.
        """
        decoder = Decoder()
        resumed = {} if after is None else {"Last-Event-ID": after}
        with self._connection() as connection:
            response = self._send(connection, method, path, run_id, thread_id, body, resumed)
            while chunk := response.read1(65_536):
                yield from decoder.feed(chunk)

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        url = urlsplit(self._base_url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        try:
            with closing(kind(url.hostname or "", url.port, timeout=self._timeout_s)) as opened:
                yield opened
        except (OSError, http.client.HTTPException) as error:
            told = str(error) or type(error).__name__
            raise NoAnswer(f"no answer from {self._base_url}: {told}") from error

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        run_id: str | None,
        thread_id: str,
        body: Mapping[str, Any] | None,
        more: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        raw = b"" if body is None else json.dumps(body).encode()
        names = {"run_id": run_id, "thread_id": thread_id}
        headers = {
            "Content-Type": "application/json",
            **more,
            **signed(self._key, self._principal, method, path, **names, raw=raw),
        }
        connection.request(method, PREFIX + path, raw or None, headers)
        response = connection.getresponse()
        if not 200 <= response.status < 300:
            raise Refused(f"{response.status} {_told(response.read())}")
        return response


def _told(raw: bytes) -> str:
    """What an error says; what does not speak the contract may say anything."""
    try:
        error = json.loads(raw)["error"]
        return f"{error['code']}: {error['message']}"
    except (LookupError, TypeError, ValueError):
        return raw[:200].decode("utf-8", "replace")
