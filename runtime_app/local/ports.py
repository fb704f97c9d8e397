"""Loopback ports: the one that was asked for, the one of last time, or a free one."""

import random
import socket
from contextlib import closing
from pathlib import Path

from runtime_app.local import private_json
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home

LOOPBACK = "127.0.0.1"

# Below what the kernel hands to outgoing connections. A client that retries a dead server's port
# from within that range can end up connected to itself, and an outgoing connection can take the
# port while its server restarts.
_FIRST, _DEFAULT_LAST = 10_240, 32_767
_OUTGOING_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(avoid: frozenset[int] = frozenset()) -> int:
    """A port that nobody listens on; another process may still be faster.

    Raises:
        StackError: a thousand tries found none.
    """
    last = _last_port()
    for _ in range(1_000):
        port = random.randint(_FIRST, last)
        if port not in avoid and is_free(port):
            return port
    raise StackError(f"found no free loopback port between {_FIRST} and {last}")


def asked_port(port: int, setting: str) -> int:
    """`port` itself when it is free; 0 takes any free one.

    Raises:
        StackError: it is taken; the message names the setting.
    """
    if port == 0:
        return free_port()
    if is_free(port):
        return port
    raise StackError(
        f"port {port} is taken (setting {setting})",
        f"Stop what listens there, or choose another: {setting}={port + 100}, "
        f"or {setting}=0 for a free one. A second stack also needs an OA_HOME of its own.",
    )


def kept_port(home: Home, role: str) -> int:
    """The port this role had last time when it is free, else a free one, remembered.

    Effects: may rewrite `{home}/ports.json`.
    """
    known = private_json.read(home.ports) or {}
    port = known.get(role)
    if isinstance(port, int) and is_free(port):
        return port
    port = free_port(avoid=frozenset(known.values()))
    private_json.write(home.ports, {**known, role: port})
    return port


def _last_port() -> int:
    if not _OUTGOING_RANGE.exists():
        return _DEFAULT_LAST
    first_outgoing = int(_OUTGOING_RANGE.read_text().split()[0])
    return first_outgoing - 1 if first_outgoing > _FIRST + 1_000 else _DEFAULT_LAST
