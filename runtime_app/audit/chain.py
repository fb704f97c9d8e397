"""The chain of acts, as pure functions.

    row_hash = SHA-256(field("oa.audit.v1") ‖ field(seq) ‖ field(at_us) ‖ field(actor) ‖
                       field(role) ‖ field(key_id) ‖ field(act) ‖ field(target) ‖
                       field(arguments) ‖ field(reason) ‖ field(before) ‖ field(after) ‖
                       field(outcome) ‖ field(request_id) ‖ field(prev_hash))

`field(x)` is the length of x in bytes as a 32-bit big-endian number, then x; what is null is the
number -1 alone. Text is UTF-8, numbers are decimal text, hashes are their 32 raw bytes. The first
row's `prev_hash` is 32 zero bytes. `runtime.record_act` links with the same recipe;
tests/golden/audit holds both to it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from runtime_app.audit.act import Entry
from runtime_app.clock import epoch_us

DOMAIN = "oa.audit.v1"
GENESIS = bytes(32)
_NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where the chain does not hold: the seq that is wrong or missing, and why."""

    seq: int
    reason: str


def row_hash(entry: Entry) -> bytes:
    """The link of one act to all before it."""
    texts = (
        DOMAIN,
        str(entry.seq),
        str(epoch_us(entry.at)),
        entry.actor,
        entry.role,
        entry.key_id,
        entry.act,
        entry.target,
        entry.arguments,
        entry.reason,
        entry.before,
        entry.after,
        entry.outcome,
        entry.request_id,
    )
    fields = [None if text is None else text.encode() for text in texts]
    return hashlib.sha256(b"".join(map(_field, [*fields, entry.prev_hash]))).digest()


class ActVerifier:
    """Checks the chain page by page in constant memory."""

    def __init__(self) -> None:
        self.seq = 0
        self.head = GENESIS

    def feed(self, entries: Iterable[Entry]) -> Flaw | None:
        """Check the next acts, in order; the first flaw, or None."""
        for entry in entries:
            problem = self._problem(entry)
            if problem is not None:
                return Flaw(self.seq + 1, problem)
            self.seq, self.head = entry.seq, entry.row_hash
        return None

    def finish(self, head_seq: int, chain_head: bytes) -> Flaw | None:
        """Check that the rows reach the recorded head, and not beyond."""
        if self.seq < head_seq:
            return Flaw(self.seq + 1, f"missing: the rows end here, the head is {head_seq}")
        if self.seq > head_seq:
            return Flaw(head_seq + 1, f"the head is {head_seq}, but the rows go on")
        if self.head != chain_head:
            return Flaw(head_seq, "row_hash differs from the recorded chain head")
        return None

    def _problem(self, entry: Entry) -> str | None:
        if entry.seq != self.seq + 1:
            return f"missing: the next row stored is {entry.seq}"
        if entry.prev_hash != self.head:
            return "prev_hash is not the hash of the row before"
        if row_hash(entry) != entry.row_hash:
            return "row_hash does not follow from the row"
        return None


def _field(value: bytes | None) -> bytes:
    return _NULL if value is None else len(value).to_bytes(4, "big") + value
