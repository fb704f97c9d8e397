"""The end of one run's log, shared by all of its readers in this process."""

import threading
from collections import deque
from collections.abc import Sequence

from runtime_app.db.database import Database
from runtime_app.events.event import Event
from runtime_app.events.log import read_after
from runtime_app.streaming.encoding import ENCODERS

PAGE = 200
KEEP = 256


class Chunk:
    """One event, encoded at most once per format whoever reads it."""

    __slots__ = ("_bytes", "_run_id", "event")

    def __init__(self, run_id: str, event: Event) -> None:
        self._run_id = run_id
        self._bytes: dict[str, bytes] = {}
        self.event = event

    def encoded(self, stream_format: str) -> bytes:
        """The event's bytes in that format; empty when it is not sent there."""
        data = self._bytes.get(stream_format)
        if data is None:
            data = ENCODERS[stream_format](self._run_id, self.event)
            self._bytes[stream_format] = data
        return data


class Tail:
    """The last chunks of a run, read once per wake-up however many wait for them.

    Readers call `wait` and then `after`; the first of them to come reads the new rows for all. A
    reader that has fallen out of the buffer pages from the log by itself.
    """

    def __init__(self, db: Database, run_id: str) -> None:
        self.run_id = run_id
        self.readers = 0
        self._db = db
        self._reading = threading.Lock()
        self._changed = threading.Condition()
        self._chunks: deque[Chunk] = deque(maxlen=KEEP)
        self._read_seq: int | None = None
        self._hinted_seq = 0
        self._closing = False

    @property
    def closing(self) -> bool:
        """This process is about to stop."""
        return self._closing

    def hint(self, seq: int) -> bool:
        """The log is said to reach `seq`; whether that is news."""
        with self._changed:
            if seq <= self._hinted_seq:
                return False
            self._hinted_seq = seq
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """Let every reader go."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def wait(self, position: int, timeout_s: float) -> bool:
        """Wait until there may be something past `position`; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._hinted_seq > position or self._closing, timeout_s
            )

    def pause(self, timeout_s: float) -> None:
        """Wait a moment whatever is hinted, unless this process is about to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing, timeout_s)

    def after(self, position: int) -> Sequence[Chunk]:
        """What follows `position`: from the buffer, or a page of the log.

        Empty means that the reader has caught up.
        """
        with self._reading:
            if self._read_seq is None:
                self._read_seq = position
            if self._read_seq < self._hinted_seq:
                self._read(self._read_seq)
            chunks = list(self._chunks)
        if chunks and chunks[0].event.seq <= position + 1 <= chunks[-1].event.seq:
            return chunks[position + 1 - chunks[0].event.seq :]
        return self.page(position)

    def page(self, position: int) -> list[Chunk]:
        """Up to 200 events past `position`, for this reader alone."""
        events = read_after(self._db, self.run_id, position, PAGE)
        return [Chunk(self.run_id, event) for event in events]

    def _read(self, after: int) -> None:
        chunks = self.page(after)
        self._chunks.extend(chunks)
        if chunks:
            self._read_seq = chunks[-1].event.seq
