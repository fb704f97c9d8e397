"""Is it up yet? Each probe is one short look that never raises for 'not yet'."""

import http.client
import socket
from pathlib import Path

from runtime_app.local.ports import LOOPBACK

_PATIENCE_S = 0.5


def port_open(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_PATIENCE_S):
            return True
    except OSError:
        return False


def page_ok(port: int, path: str) -> bool:
    """Whether `GET path` on this loopback port answers 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def mark_made(mark: Path) -> bool:
    """Whether a role has left its mark."""
    return mark.exists()


def redis_ready(port: int, password: str) -> bool:
    """Whether a Redis-speaking server lets this password in and has loaded its data."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_PATIENCE_S) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
            answer = b""
            while chunk := connection.recv(512):
                answer += chunk
            return answer.startswith(b"+OK\r\n+PONG")
    except OSError:
        return False
