"""The end of one run's log, shared by all of its readers in this process."""

import threading
from collections import deque
from collections.abc import Sequence

from runtime_app.db.database import Database
from runtime_app.events.log import first_after, read_page
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.chunk import Chunk, one_piece
from runtime_app.streaming.waiting import waits_for_client

KEEP = 256
KEEP_BYTES = 524_288


class Standing:
    """How far a reader has got; who reads for all moves it on while it waits.

    Args:
        stream_format: what it may be sent while it waits; None when it wants to be woken.
    """

    __slots__ = ("position", "stream_format")

    def __init__(self, position: int, stream_format: str | None = None) -> None:
        self.position = position
        self.stream_format = stream_format


class Tail:
    """The last chunks of a run, read once per wake-up however many wait for them.

    A hint rings one waiting reader. It reads the new rows for all and hands them to the clients of
    those that wait where it stood, who sleep on; whom it cannot serve so is rung only then, and
    finds them here. Should it leave before it has read, another is rung. A reader that is behind
    what is kept here pages from the log by itself.

    Args:
        seq: the head as the first reader knows it; what is kept begins after it.
    """

    def __init__(self, db: Database, run_id: str, seq: int) -> None:
        self.run_id = run_id
        self._db = db
        self._lock = threading.Lock()
        self._bells: set[Bell] = set()
        self._waiting: dict[Bell, Standing] = {}
        self._sent_for: Bell | None = None
        self._reading = False
        self._chunks: deque[Chunk] = deque()
        self._kept_bytes = 0
        self._read_seq = seq
        self._hinted_seq = seq
        self._closing = False

    @property
    def closing(self) -> bool:
        """This process is about to stop."""
        return self._closing

    @property
    def readers(self) -> int:
        """How many readers have joined and not left."""
        return len(self._bells)

    @property
    def kept(self) -> tuple[int, int]:
        """How many chunks are kept for readers, and the bytes of their payloads."""
        return len(self._chunks), self._kept_bytes

    def join(self, bell: Bell) -> None:
        """One more reader."""
        with self._lock:
            self._bells.add(bell)

    def leave(self, bell: Bell) -> None:
        """One reader less."""
        with self._lock:
            self._bells.discard(bell)
            self._waiting.pop(bell, None)
            if self._sent_for is bell:
                self._sent_for = None
            self._send_for_one()

    def hint(self, seq: int) -> bool:
        """The log is said to reach `seq`; whether that is news."""
        with self._lock:
            if seq <= self._hinted_seq:
                return False
            self._hinted_seq = seq
            self._send_for_one()
            return True

    def close(self) -> None:
        """Let every reader go."""
        with self._lock:
            self._closing = True
            bells = list(self._bells)
        for bell in bells:
            bell.ring()

    def wait(self, bell: Bell, standing: Standing, timeout_s: float) -> bool:
        """Wait until there may be something past where it stands; False when the time is over.

        Effects: meanwhile its client may have been sent what came, and `standing` moved on.
        """
        with self._lock:
            unread = self._hinted_seq > standing.position and not self._reading
            if self._read_seq > standing.position or unread or self._closing:
                return True
            self._waiting[bell] = standing
        rung = bell.wait(timeout_s)
        with self._lock:
            self._waiting.pop(bell, None)
        return rung

    def after(self, position: int) -> Sequence[Chunk] | None:
        """What follows `position`, read if nobody has; None while there is nothing to read.

        Nothing is to be read as far as the hints go, or while another reader reads for all. Empty
        means that the hints said more than the log does.
        """
        with self._lock:
            if position < self._read_seq:
                kept = self._kept_after(position)
                if kept:
                    return kept
                shared = False
            elif self._hinted_seq <= position or self._reading:
                return None
            else:
                shared = self._reading = True
                self._sent_for = None
        return self._read(position) if shared else self.page(position)

    def waits_for_client(self, position: int) -> bool | None:
        """Whether the run stands there and waits for its client; None when nobody can say."""
        return waits_for_client(self._db, self.run_id, position)

    def page(self, position: int) -> list[Chunk]:
        """A page of the log past `position`, for this reader alone.

        A page is a range of seqs, and a hole may be longer: the page behind it is the answer then.
        """
        found = read_page(self._db, self.run_id, position)
        if not found and position < self._hinted_seq:
            beyond = first_after(self._db, self.run_id, position)
            if beyond is not None:
                found = read_page(self._db, self.run_id, beyond - 1)
        return [Chunk(self.run_id, event, payload_bytes) for event, payload_bytes in found]

    def _read(self, position: int) -> Sequence[Chunk]:
        """A page of the log for all. A hole and what is behind it is for the one who found it."""
        chunks: list[Chunk] = []
        try:
            chunks = self.page(position)
        finally:
            with self._lock:
                self._reading = False
                if position != self._read_seq:
                    self._chunks.clear()
                    self._kept_bytes = 0
                    self._read_seq = position
                self._keep(chunks)
                if self._read_seq > position:
                    for bell in self._hand_out(chunks, position):
                        del self._waiting[bell]
                        bell.ring()
                    self._send_for_one()
        return chunks

    def _hand_out(self, chunks: Sequence[Chunk], position: int) -> list[Bell]:
        """Give what was just read to those that wait; who has to be woken for it instead."""
        pieces: dict[str, bytes | None] = {}
        woken = []
        for bell, standing in self._waiting.items():
            piece, wanted = None, standing.stream_format
            if wanted is not None and standing.position == position:
                if wanted not in pieces:
                    pieces[wanted] = one_piece(chunks, position, wanted)
                piece = pieces[wanted]
            if piece is None or bell.take is None or not bell.take(piece):
                woken.append(bell)
            else:
                standing.position = self._read_seq
        return woken

    def _keep(self, chunks: Sequence[Chunk]) -> None:
        for chunk in chunks:
            if chunk.event.seq != self._read_seq + 1:
                return
            self._read_seq = chunk.event.seq
            self._hinted_seq = max(self._hinted_seq, self._read_seq)
            self._chunks.append(chunk)
            self._kept_bytes += chunk.payload_bytes
            while len(self._chunks) > KEEP or self._kept_bytes > KEEP_BYTES:
                self._kept_bytes -= self._chunks.popleft().payload_bytes

    def _kept_after(self, position: int) -> list[Chunk]:
        """What is kept past `position`; empty when the next one is not."""
        missing = self._read_seq - position
        if missing > len(self._chunks):
            return []
        return [self._chunks[n] for n in range(-missing, 0)]

    def _send_for_one(self) -> None:
        """Ring one reader that waits for what is hinted, unless somebody is about to read it."""
        if self._reading or self._sent_for is not None:
            return
        for bell, standing in self._waiting.items():
            if standing.position < self._hinted_seq:
                self._sent_for = bell
                del self._waiting[bell]
                bell.ring()
                return
