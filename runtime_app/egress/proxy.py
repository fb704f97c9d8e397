"""The proxy that the deployment names, and the tunnel that it opens."""

import base64
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.secret import Secret

_MAX_ANSWER = 16_384
_OPENED = re.compile(rb"HTTP/1\.[01] 200[ \r]")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the egress proxy listens.

    Args:
        login: `user:password`, where it wants one.
    """

    host: str
    port: int
    login: Secret | None = None

    @property
    def authority(self) -> str:
        """`host:port`, as a URL has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "Proxy":
        """Read `http://[user:password@]host:port`.

        Raises:
            ValueError: with the remedy.
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or parts.scheme != "http" or parts.path.strip("/") or parts.query:
            raise ValueError("must be http://host:port")
        login = None
        if parts.username is not None:
            login = Secret(f"{unquote(parts.username)}:{unquote(parts.password or '')}")
        return cls(host, port, login)


class Pipe(Protocol):
    """A connection's bytes."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come; empty at the end."""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""


def open_tunnel(pipe: Pipe, proxy: Proxy, address: str, port: int) -> None:
    """Have the proxy connect to an address; afterwards the pipe leads there.

    The proxy is told the address that was checked and never the name, which it would resolve anew.

    Raises:
        EgressRefused: proxy_refused.
    """
    target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.login is not None:
        login = base64.b64encode(proxy.login.reveal().encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    pipe.write("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = pipe.read(4_096)
        answer += piece
        if not piece or len(answer) > _MAX_ANSWER:
            raise EgressRefused("proxy_refused", "the egress proxy gave no answer")
    # Nobody but the proxy can have said more: behind the tunnel it is our turn to speak.
    if _OPENED.match(answer) is None or not answer.endswith(b"\r\n\r\n"):
        raise EgressRefused("proxy_refused", "the egress proxy opens no tunnel to this host")
