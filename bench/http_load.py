"""Signed requests over kept connections, by hand: a client that costs little beside the server."""

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runtime_app.security.key_ring import SigningKey

PREFIX = "/internal/v1"


class Connection:
    """One kept connection that signs as one user."""

    _numbers = itertools.count()
    _nonces = secrets.token_hex(8)

    def __init__(self, base_url: str, key: SigningKey, user_id: int = 1) -> None:
        address = urlsplit(base_url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._key = key
        self._user_id = user_id

    def send(
        self, method: str, path: str, names: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[int, bytes]:
        """One request bound to method, path and body; its status and its answer."""
        raw = b"" if body is None else json.dumps(body).encode()
        target = PREFIX + path
        token = self._token(method, target.partition("?")[0], raw, names)
        self._socket.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(raw)}\r\nX-OA-USER-ID: {self._user_id}\r\n"
            f"X-OA-RUNTIME-KEY-ID: {self._key.key_id}\r\n"
            f"X-OA-RUNTIME-SIGNATURE: {token}\r\n\r\n".encode()
            + raw
        )
        return self._receive()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _token(self, method: str, path: str, raw: bytes, names: Mapping[str, str]) -> str:
        now_s = int(time.time())
        claims = {
            "iat": now_s,
            "exp": now_s + 60,
            "nonce": f"{self._nonces}-{next(self._numbers)}",
            **names,
            "user_id": self._user_id,
            "htm": method,
            "htp": path,
            "bsh": hashlib.sha256(raw).hexdigest(),
        }
        text = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
        mac = hmac.digest(self._key.secret, text, "sha256")
        return f"v1.{text.decode()}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def _receive(self) -> tuple[int, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, rest = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        whole = self._chunked if fields.get(b"transfer-encoding") == b"chunked" else self._counted
        return int(head[9:12]), whole(rest, int(fields.get(b"content-length", 0)))

    def _counted(self, rest: bytes, length: int) -> bytes:
        while len(rest) < length:
            rest += self._some()
        return rest

    def _chunked(self, rest: bytes, _length: int) -> bytes:
        """The chunks without their frames."""
        while not rest.endswith(b"0\r\n\r\n"):
            rest += self._some()
        parts = []
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            parts.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        return b"".join(parts)

    def _some(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the server hung up")
        return data
