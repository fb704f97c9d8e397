"""The hash chain: what an outsider needs to check a log, as pure functions.

    payload_hash = SHA-256(canonical payload text, UTF-8)
    event_hash   = SHA-256(field("oa.event.v1") ‖ field(run_id) ‖ field(seq) ‖ field(type) ‖
                           field(version) ‖ field(occurred_at_us) ‖ field(payload_hash) ‖
                           field(prev_hash))

`field(x)` is the length of x in bytes as a 32-bit big-endian number, then x. Text is UTF-8, numbers
are decimal text, hashes are their 32 raw bytes. The first event's `prev_hash` is 32 zero bytes.
`runtime.append_events` links with the same recipe; tests/golden/hashchain holds both to it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runtime_app.clock import epoch_us
from runtime_app.events.catalog import CATALOG, READERS_ONLY, Retention

DOMAIN = "oa.event.v1"
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Link:
    """An event as the chain sees it. `payload_text` is None once the payload has been pruned."""

    seq: int
    type: str
    version: int
    occurred_at: datetime
    payload_text: str | None
    payload_hash: bytes
    prev_hash: bytes
    event_hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold: the seq that is wrong or missing, and why."""

    seq: int
    reason: str


def payload_hash(text: str) -> bytes:
    """The hash of a payload's canonical text."""
    return hashlib.sha256(text.encode()).digest()


def event_hash(
    run_id: str,
    seq: int,
    event_type: str,
    version: int,
    occurred_at_us: int,
    payload_digest: bytes,
    prev_hash: bytes,
) -> bytes:
    """The link of one event to all that came before it."""
    fields = (
        DOMAIN.encode(),
        run_id.encode(),
        str(seq).encode(),
        event_type.encode(),
        str(version).encode(),
        str(occurred_at_us).encode(),
        payload_digest,
        prev_hash,
    )
    preimage = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hashlib.sha256(preimage).digest()


class Verifier:
    """Checks a chain page by page in constant memory.

    Args:
        run_id: whose chain it is.
        after_seq, prev_hash: where to begin, when what lies before is trusted.
    """

    def __init__(self, run_id: str, after_seq: int = 0, prev_hash: bytes = GENESIS) -> None:
        self._run_id = run_id
        self.seq = after_seq
        self.head = prev_hash

    def feed(self, links: Iterable[Link], floor: int | None = None) -> Break | None:
        """Check the next events, in order; the first break, or None.

        Args:
            floor: of an ended run, the last seq whose delta may be gone; None of one that goes on,
                of which nothing may.
        """
        for link in links:
            problem = self._problem(link, floor)
            if problem is not None:
                return problem
            self.seq, self.head = link.seq, link.event_hash
        return None

    def finish(self, head_seq: int, chain_head: bytes) -> Break | None:
        """Check that the log reaches the head that the run's row records, and not beyond."""
        if self.seq < head_seq:
            return Break(self.seq + 1, f"missing: the log ends here, its head is {head_seq}")
        if self.seq > head_seq:
            return Break(head_seq + 1, f"the head is {head_seq}, but the log goes on")
        if self.head != chain_head:
            return Break(head_seq, "event_hash differs from the recorded chain head")
        return None

    def _problem(self, link: Link, floor: int | None) -> Break | None:
        expected = self.seq + 1
        if link.seq != expected:
            return Break(expected, f"missing: the next event stored is {link.seq}")
        if link.prev_hash != self.head:
            return Break(expected, "prev_hash is not the hash of the event before")
        if link.payload_text is None:
            kept = _kept(link, floor)
            if kept:
                return Break(expected, f"payload is gone, and {kept}")
        elif payload_hash(link.payload_text) != link.payload_hash:
            return Break(expected, "payload differs from its payload_hash")
        linked = event_hash(
            self._run_id,
            link.seq,
            link.type,
            link.version,
            epoch_us(link.occurred_at),
            link.payload_hash,
            link.prev_hash,
        )
        if linked != link.event_hash:
            return Break(expected, "event_hash does not follow from the event")
        return None


def _kept(link: Link, floor: int | None) -> str:
    """Why the payload should be there, or "".

    By its type, which the chain holds; the class beside it in the row is anybody's word.
    """
    spec = CATALOG.get(link.type)
    if spec is None or spec.retention not in READERS_ONLY:
        return f"that of {link.type} is kept for good"
    if floor is None:
        return "a run that goes on loses none"
    if spec.retention is Retention.DELTA and link.seq > floor:
        return f"the floor, up to which deltas may go, is {floor}"
    return ""
