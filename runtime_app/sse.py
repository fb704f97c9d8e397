"""Server-Sent Events, sans-I/O: bytes out for our streams, bytes in for those we read.

Source: the WHATWG HTML standard, section "Server-sent events".
"""

from collections.abc import Iterator
from dataclasses import dataclass


def encode(data: str, *, event_id: int | None = None, event: str | None = None) -> bytes:
    """One event. `data` must not contain line breaks (our payloads are one-line JSON)."""
    head = "" if event_id is None else f"id: {event_id}\n"
    if event is not None:
        head += f"event: {event}\n"
    return f"{head}data: {data}\n\n".encode()


def comment(text: str) -> bytes:
    """A line that readers ignore; it keeps proxies and dead-peer detection honest."""
    return f": {text}\n\n".encode()


def retry(wait_ms: int) -> bytes:
    """How long a client waits before it reconnects."""
    return f"retry: {wait_ms}\n\n".encode()


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event as read. `event_id` is the last id seen on the stream, as the standard has it."""

    data: str
    event: str
    event_id: str | None


class Decoder:
    """An incremental decoder: `feed` bytes as they come, take the events that are whole.

    Line ends may be LF, CR or CRLF, and may be cut anywhere; a trailing incomplete event is dropped
    at the end of the stream, as the standard says.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._data: list[str] = []
        self._event = ""
        self._last_id: str | None = None

    def feed(self, chunk: bytes) -> Iterator[SseEvent]:
        """The events that `chunk` completes, in order."""
        self._buffer += chunk
        while (line := self._take_line()) is not None:
            event = self._line(line)
            if event is not None:
                yield event

    def _take_line(self) -> bytes | None:
        for index, byte in enumerate(self._buffer):
            if byte == 0x0A:
                line, self._buffer = self._buffer[:index], self._buffer[index + 1 :]
                return line
            if byte == 0x0D:
                if index + 1 == len(self._buffer):
                    return None  # a CR at the very end may be half of a CRLF
                skip = 2 if self._buffer[index + 1] == 0x0A else 1
                line, self._buffer = self._buffer[:index], self._buffer[index + skip :]
                return line
        return None

    def _line(self, line: bytes) -> SseEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\x00" not in value:
            self._last_id = value
        return None

    def _dispatch(self) -> SseEvent | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        if not data:
            return None
        return SseEvent("\n".join(data), event or "message", self._last_id)
