"""Streams on sockets of a benchmark's own: of the stack, and of the bare loop beside it."""

import json
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey

#: A run's id -> a socket on which its stream has been asked for, from its head.
Opener = Callable[[str], socket.socket]


def ours(state: dict[str, Any]) -> Opener:
    """The stack's, in the native format."""
    parts = urlsplit(state["base_url"])
    key = SigningKey(state["signing_key_id"], state["signing_key"].encode())

    def open_stream(run_id: str) -> socket.socket:
        now_s = int(time.time())
        claims = {"iat": now_s, "exp": now_s + 60, "nonce": secrets.token_hex(8)}
        claims |= {"run_id": run_id, "thread_id": "bench", "user_id": 1}
        path = f"/internal/v1/runs/{run_id}/stream?thread_id=bench&format=native"
        return _get(
            (str(parts.hostname), int(parts.port or 0)),
            path,
            {"X-OA-RUNTIME-SIGNATURE": tokens.mint(key, claims), "X-OA-USER-ID": "1"},
        )

    return open_stream


def floor_stream(port: int) -> Opener:
    """The bare loop's."""
    return lambda run_id: _get(("127.0.0.1", port), f"/{run_id}", {})


def _get(address: tuple[str, int], path: str, headers: dict[str, str]) -> socket.socket:
    connection = socket.create_connection(address)
    lines = [f"GET {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


_OCCURRED = re.compile(rb'"occurredAt":"([^"]+)"')


def times(data: bytes) -> list[float]:
    """When the events in some bytes of a stream were committed, in seconds of the epoch."""
    return [
        datetime.fromisoformat(found.decode().replace("Z", "+00:00")).timestamp()
        for found in _OCCURRED.findall(data)
    ]


class floor:  # noqa: N801 - reads as a phrase: with floor(url) as port
    """A bare program of the benchmarks in a process of its own; its port.

    Args:
        url: of the database that it works with.
        module: the program; it reads the URL and says where it listens.
    """

    def __init__(self, url: str, module: str = "bench.floor_server") -> None:
        self._url = url
        self._module = module

    def __enter__(self) -> int:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(self._url + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline())["port"])

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait()
