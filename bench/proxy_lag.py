"""What the PHP proxy adds to an event: its bytes at a browser, against a direct reader's.

Both read the same live runs in the same process, so that an event's two arrivals are on one clock.
"""

import json
import re
import secrets
import selectors
import socket
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from tests.support.php_application import application
from tests.support.php_site import php_site

STREAMS = 4
ROUNDS = 4
MODEL = "scripted/tokens?n=150&delay_ms=20"
#: So many events of each run pass before both readers have surely caught up.
WARM_UP = 30


def run() -> list[Figure]:
    """nginx and php-fpm before Laravel, beside the stack on the same machine."""
    with stack.running() as state, tempfile.TemporaryDirectory(prefix="oa-bench-") as folder:
        home = Path(folder)
        with php_site(home, application(home, state), workers=2 * STREAMS) as site:
            lags = [lag for _ in range(ROUNDS) for lag in _round(state, site)]
    return [
        at_most(
            "proxy_lag",
            "added to an event by the PHP proxy, p50",
            percentile(lags, 0.5),
            "ms",
            2,
            "what Laravel's proxy adds to an event, p50",
        ),
        at_most("proxy_lag", "the same, p99", percentile(lags, 0.99), "ms", 5, "the same, p99"),
        plain("proxy_lag", "events compared", len(lags), ""),
    ]


class _Reader:
    """One open answer, and when each event of it came."""

    _ID = re.compile(rb"id: (\d+)\n")

    def __init__(self, url: str, request: bytes) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((str(address.hostname), int(address.port or 0)))
        self.socket.sendall(request)
        self.arrived: dict[int, float] = {}
        self.received = b""

    def head(self) -> bytes:
        """Wait for the answer's head."""
        while b"\r\n\r\n" not in self.received:
            self.take()
        head = self.received.partition(b"\r\n\r\n")[0]
        assert b" 200 " in head.partition(b"\r\n")[0], self.received
        return head

    def take(self) -> None:
        """Read what there is, and note the events in it."""
        data = self.socket.recv(65_536)
        assert data, "the stream ended before its time"
        now_s = time.perf_counter()
        self.received += data
        for found in self._ID.finditer(self.received[-len(data) - 20 :]):
            self.arrived.setdefault(int(found[1]), now_s)

    @property
    def done(self) -> bool:
        return b"data: [DONE]\n\n" in self.received


def _round(state: dict[str, Any], site: str) -> list[float]:
    """What was added to each event, in ms, over some runs at once."""
    pairs = []
    for _ in range(STREAMS):
        thread = f"u1.bench-{secrets.token_hex(5)}"
        browser = _Reader(site, _message(thread))
        found = re.search(rb"(?i)x-oa-run-id: (\S+)", browser.head())
        assert found is not None
        direct = _Reader(state["base_url"], _stream(state, found[1].decode(), thread))
        direct.head()
        pairs.append((browser, direct))
    with selectors.DefaultSelector() as selector:
        for reader in (reader for pair in pairs for reader in pair):
            selector.register(reader.socket, selectors.EVENT_READ, reader)
        while selector.get_map():
            for key, _ in selector.select():
                key.data.take()
                if key.data.done:
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
    return [
        (browser.arrived[number] - at) * 1000
        for browser, direct in pairs
        for number, at in direct.arrived.items()
        if number > WARM_UP and number in browser.arrived
    ]


def _message(thread: str) -> bytes:
    parts = [{"type": "text", "text": "go"}]
    body = json.dumps({"id": thread, "messages": [{"id": "m1", "role": "user", "parts": parts}]})
    return (
        f"POST /api/chat HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Test-Who: u1\r\nX-Test-Model: {MODEL}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _stream(state: dict[str, Any], run_id: str, thread: str) -> bytes:
    now_s = int(time.time())
    key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
    claims = {"iat": now_s, "exp": now_s + 60, "nonce": secrets.token_hex(8)}
    token = tokens.mint(key, claims | {"run_id": run_id, "thread_id": thread, "user_id": 1})
    return (
        f"GET /internal/v1/runs/{run_id}/stream?thread_id={thread}&cursor=0 HTTP/1.1\r\n"
        f"Host: bench\r\nX-OA-USER-ID: 1\r\nX-OA-RUNTIME-SIGNATURE: {token}\r\n\r\n"
    ).encode()
