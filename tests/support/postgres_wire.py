"""What travels between a client and Postgres, message by message, as bytes."""

from collections.abc import Iterator
from typing import BinaryIO

#: The letters of messages.
QUERY, READY, NOTIFICATION, PROCESS = b"Q", b"Z", b"A", b"K"


def startup(stream: BinaryIO) -> bytes:
    """The first message of a client: it has no letter, and its length counts itself."""
    head = stream.read(4)
    return head + stream.read(int.from_bytes(head, "big") - 4)


def messages(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Letter and length in one, and the rest: sent on together they are the message."""
    while head := stream.read(5):
        yield head, stream.read(int.from_bytes(head[1:], "big") - 4)
