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
    """One kept connection that signs as user 1."""

    _numbers = itertools.count()
    _nonces = secrets.token_hex(8)

    def __init__(self, base_url: str, key: SigningKey) -> None:
        address = urlsplit(base_url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._key = key

    def send(
        self, method: str, path: str, names: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[int, bytes]:
        """One request bound to method, path and body; its status and its answer."""
        raw = b"" if body is None else json.dumps(body).encode()
        target = PREFIX + path
        token = self._token(method, target.partition("?")[0], raw, names)
        self._socket.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(raw)}\r\nX-OA-USER-ID: 1\r\n"
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
            "user_id": 1,
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
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(rest) < length:
            rest += self._some()
        return int(head[9:12]), rest

    def _some(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the server hung up")
        return data
