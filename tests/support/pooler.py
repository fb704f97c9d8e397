"""What a pooler does to a connection: another process id, and options that do not arrive."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from runtime_app.local.ports import LOOPBACK

_KEY = b"K"  # BackendKeyData: the process and its secret
_OWN_PID = 4242


@contextmanager
def hiding_pooler(url: str, *, hides_options: bool) -> Iterator[str]:
    """The URL of the way through it, unencrypted so that it can read along.

    Args:
        hides_options: leave the client's `options` out of the startup message.
    """
    server = urlsplit(url)
    with socket.create_server((LOOPBACK, 0)) as door:
        ends: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = door.accept()
                    behind = socket.create_connection((server.hostname, server.port))
                    ends.extend((client, behind))
                    _begin(client, behind, hides_options)

        threading.Thread(target=serve, daemon=True).start()
        who = server.netloc.rpartition("@")[0]
        place = f"{who}@{LOOPBACK}:{door.getsockname()[1]}"
        yield urlunsplit(server._replace(netloc=place, query="sslmode=disable&gssencmode=disable"))
        for end in (*ends, door):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _begin(client: socket.socket, behind: socket.socket, hides_options: bool) -> None:
    reading = client.makefile("rb")
    [length] = struct.unpack("!I", reading.read(4))
    startup = reading.read(length - 4)
    if hides_options:
        startup = _without_options(startup)
    behind.sendall(struct.pack("!I", len(startup) + 4) + startup)
    threading.Thread(target=_requests, args=(client, behind), daemon=True).start()
    threading.Thread(target=_answers, args=(behind, client), daemon=True).start()


def _without_options(startup: bytes) -> bytes:
    """A version, then names and values that each end with a zero, then one more."""
    version, fields = startup[:4], startup[4:-2].split(b"\0")
    pairs = [
        (name, value)
        for name, value in zip(fields[::2], fields[1::2], strict=True)
        if name != b"options"
    ]
    return version + b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"


def _requests(client: socket.socket, behind: socket.socket) -> None:
    with suppress(OSError):
        while data := client.recv(65536):
            behind.sendall(data)
        behind.shutdown(socket.SHUT_RDWR)


def _answers(behind: socket.socket, client: socket.socket) -> None:
    with suppress(OSError), behind.makefile("rb") as answers:
        while head := answers.read(5):
            rest = answers.read(int.from_bytes(head[1:], "big") - 4)
            if head[:1] == _KEY:
                rest = struct.pack("!I", _OWN_PID) + rest[4:]
            client.sendall(head + rest)
        client.shutdown(socket.SHUT_RDWR)
