"""Server-Sent Events, sans-I/O: bytes out for our streams, bytes in for those we read.

Source: the WHATWG HTML standard, section "Server-sent events".
"""

import codecs
import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\r|\n")


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

    Line ends may be LF, CR or CRLF, and may be cut anywhere; an event is given as soon as its empty
    line is there. A byte order mark before the first line is skipped. A trailing incomplete event
    is dropped at the end of the stream, as the standard says.
    """

    def __init__(self) -> None:
        self._line_so_far: list[bytes] = []
        self._after_cr = False
        self._first_line = True
        self._data: list[str] = []
        self._event = ""
        self._last_id: str | None = None

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events that `chunk` completes, in order."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the other half of a CRLF whose CR has ended its line
            self._after_cr = False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        first, *others = _LINE_END.split(chunk)
        self._line_so_far.append(first)
        events = []
        for piece in others:
            event = self._line(b"".join(self._line_so_far))
            self._line_so_far = [piece]
            if event is not None:
                events.append(event)
        return events

    def _line(self, line: bytes) -> SseEvent | None:
        if self._first_line:
            line = line.removeprefix(codecs.BOM_UTF8)
            self._first_line = False
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
