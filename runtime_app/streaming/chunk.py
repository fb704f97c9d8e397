"""Events on their way to readers: encoded once, sent in pieces."""

from collections.abc import Iterator, Sequence

from runtime_app.events.event import Event
from runtime_app.events.pruning import behind_floor
from runtime_app.streaming.encoding import ENCODERS, TERMINAL

#: What is written at once: a client that takes less than that for as long as `stall_s` is slow.
PIECE_BYTES = 16_384


class Chunk:
    """One event, encoded at most once per format whoever reads it."""

    __slots__ = ("_bytes", "_run_id", "event", "payload_bytes")

    def __init__(self, run_id: str, event: Event, payload_bytes: int) -> None:
        self._run_id = run_id
        self._bytes: dict[str, bytes] = {}
        self.event = event
        self.payload_bytes = payload_bytes

    def encoded(self, stream_format: str) -> bytes:
        """The event's bytes in that format; empty when it is not sent there."""
        data = self._bytes.get(stream_format)
        if data is None:
            data = ENCODERS[stream_format](self._run_id, self.event)
            self._bytes[stream_format] = data
        return data


def readable(chunks: Sequence[Chunk], position: int) -> Sequence[Chunk]:
    """Those before the first hole, or the first that the floor has passed; usually all."""
    for number, chunk in enumerate(chunks):
        if chunk.event.seq != position + number + 1 or behind_floor(chunk.event):
            return chunks[:number]
    return chunks


def pieces(chunks: Sequence[Chunk], stream_format: str) -> Iterator[bytes]:
    """The chunks' bytes: small ones together, large ones in parts."""
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        data = chunk.encoded(stream_format)
        if size + len(data) > PIECE_BYTES and waiting:
            yield b"".join(waiting)
            waiting, size = [], 0
        while len(data) > PIECE_BYTES:
            yield data[:PIECE_BYTES]
            data = data[PIECE_BYTES:]
        if data:
            waiting.append(data)
            size += len(data)
    if waiting:
        yield b"".join(waiting)


def one_piece(chunks: Sequence[Chunk], position: int, stream_format: str) -> bytes | None:
    """The bytes of what follows `position`, for whoever has nothing to decide about them.

    None when they are more than one piece, or when a hole, the floor or the end is among them.
    """
    if len(readable(chunks, position)) < len(chunks) or chunks[-1].event.type == TERMINAL:
        return None
    data = b"".join(chunk.encoded(stream_format) for chunk in chunks)
    return data if len(data) <= PIECE_BYTES else None
