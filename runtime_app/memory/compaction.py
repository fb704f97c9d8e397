"""Build and seal what is due: the second and the third phase."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import sha256_hex, stored_loads
from runtime_app.clock import Clock, SystemClock
from runtime_app.db.database import Database
from runtime_app.memory import claims
from runtime_app.memory.chunk import Chunk, Claim
from runtime_app.memory.claims import SQL
from runtime_app.memory.lines import Line, line_of
from runtime_app.memory.summarizers import summarize
from runtime_app.memory.tokens import estimated
from runtime_app.memory.windows import LEVELS
from runtime_app.observability import telemetry

_log = logging.getLogger(__name__)
_CLOCK = SystemClock()

#: Places looked at in one pass, and windows of one thread in it.
PLACES, WINDOWS = 50, 4
#: Seqs read at once.
PAGE = 500


class InputsChanged(Exception):
    """The inputs are not what they were when the chunk was claimed."""


@dataclass(frozen=True, slots=True)
class Built:
    """A text that waits to be sealed."""

    summary: str
    summarizer: str
    input_events: int
    input_tokens: int


def compact(
    db: Database,
    level: int,
    *,
    now: datetime | None = None,
    thread_id: str | None = None,
    spell_s: float = 20.0,
    trigger: str = "scheduled",
    clock: Clock = _CLOCK,
) -> int:
    """Make the chunks of a level that are due, the oldest first, for about `spell_s` seconds.

    At most 4 windows of one thread, so that none waits for another. Copies may be at it at once.

    Args:
        now: in place of the database's own time.
        thread_id: only of this thread.

    Returns:
        How many were sealed.

    Effects:
        memory_chunks, memory_cursors, memory_compactions, runs.remembered.
    """
    until_s = clock.monotonic() + spell_s
    sealed = 0
    for place in claims.due(db, level, now, thread_id, PLACES):
        for _ in range(WINDOWS):
            if clock.monotonic() >= until_s:
                return sealed
            claim = claims.claim(db, level, place, now, trigger)
            if claim is None:
                break
            if not _make(db, claim, now, clock):
                break
            sealed += 1
    return sealed


def tree(db: Database, thread_id: str, limit: int = 1000) -> list[Chunk]:
    """The chunks of a thread, the highest level first, by time."""
    return [Chunk(*row) for row in db.all(SQL["list_chunks"], thread_id=thread_id, limit=limit)]


def _make(db: Database, claim: Claim, now: datetime | None, clock: Clock) -> bool:
    began_s = clock.monotonic()
    level = str(claim.level)
    try:
        sealed = seal(db, claim, build(db, claim), now, _ms(clock, began_s))
    except (InputsChanged, ValueError, KeyError) as error:
        _log.error("chunk %s cannot be made: %s", claim.chunk_id, error)
        facts = {"result": "failed", "error_class": type(error).__name__}
        db.execute(SQL["record_compaction"], **_audit(claim, _ms(clock, began_s)) | facts)
        telemetry.emit("memory.compacted", level=level, result="failed")
        return False
    if sealed:
        telemetry.emit("memory.compacted", level=level, result="succeeded")
    return sealed


def build(db: Database, claim: Claim) -> Built:
    """Read the inputs, check their hashes, write the text; no transaction is open.

    Raises:
        InputsChanged: an input is not what was claimed.
    """
    read = list(_events(db, claim) if claim.level == 1 else _children(db, claim))
    lines = [line for line in read if line is not None]
    written = summarize(lines, LEVELS[claim.level].most_tokens)
    tokens = sum(estimated(str(line)) for line in lines)
    # What is hidden may be longer than its mark; the text stays within its bound all the same.
    clean = db.sanitizer.text(written.text).encode()[:4096].decode(errors="ignore")
    return Built(clean, written.summarizer, len(read), tokens)


def seal(db: Database, claim: Claim, built: Built, now: datetime | None, latency_ms: int) -> bool:
    """Store the text and move what depends on it, all or nothing; False if another attempt did.

    Raises:
        InputsChanged: a cursor or a child is not where the claim found it.
    """
    output = {
        "output_hash": sha256_hex(built.summary),
        "output_tokens": estimated(built.summary),
        "summarizer": built.summarizer,
        "input_tokens": built.input_tokens,
    }
    with db.transaction() as tx:
        row = tx.one(
            SQL["seal_chunk"],
            **output,
            chunk_id=claim.chunk_id,
            attempt=claim.attempt,
            summary=built.summary,
            output_bytes=len(built.summary.encode()),
            input_events=built.input_events,
            now=now,
        )
        if row is None:
            return False
        parts = claim.parts
        if claim.level == 1:
            for part in parts:
                about = {name: part[name] for name in ("run_id", "from_seq", "to_seq")}
                if tx.one(SQL["move_cursor"], **about, chunk_id=claim.chunk_id) is None:
                    raise InputsChanged(f"the cursor of run {part['run_id']} has moved")
            tx.execute(SQL["mark_remembered"], run_ids=[part["run_id"] for part in parts])
        else:
            children = [part["chunk_id"] for part in parts]
            adopted = tx.execute(SQL["adopt"], chunk_id=claim.chunk_id, children=children)
            if adopted != len(children):
                raise InputsChanged("a child has another parent")
        facts = {"result": "succeeded", **output}
        tx.execute(SQL["record_compaction"], **_audit(claim, latency_ms) | facts)
    return True


def _events(db: Database, claim: Claim) -> Iterator[Line | None]:
    for n, part in enumerate(claim.parts, 1):
        first, last = part["from_seq"], part["to_seq"]
        hashes = {}
        for at in range(first, last + 1, PAGE):
            until = min(at + PAGE - 1, last)
            rows = db.all(
                SQL["read_events"], run_id=part["run_id"], from_seq=at, to_seq=until, first=first
            )
            for row in rows:
                hashes[row.seq] = row.event_hash
                if row.payload is not None and not row.event_type.endswith((".delta", ".progress")):
                    yield line_of(f"{n}#{row.seq}", row.event_type, stored_loads(row.payload))
        if (hashes.get(first), hashes.get(last)) != (part["from_hash"], part["to_hash"]):
            raise InputsChanged(f"the events of run {part['run_id']} are not those of the claim")


def _children(db: Database, claim: Claim) -> Iterator[Line]:
    for n, part in enumerate(claim.parts, 1):
        row = db.one(SQL["read_chunk"], chunk_id=part["chunk_id"])
        if row is None or sha256_hex(row.summary) != part["output_hash"]:
            raise InputsChanged(f"chunk {part['chunk_id']} is not what it was")
        for text in row.summary.splitlines():
            kind, _, said = text.partition("] ")[2].partition(": ")
            yield Line(str(n), kind or "note", said)


def _audit(claim: Claim, latency_ms: int) -> dict[str, Any]:
    nothing = ("error_class", "output_hash", "summarizer", "input_tokens", "output_tokens")
    return {
        **dict.fromkeys(nothing),
        "chunk_id": claim.chunk_id,
        "attempt": claim.attempt,
        "input_hash": claim.input_hash,
        "latency_ms": latency_ms,
    }


def _ms(clock: Clock, began_s: float) -> int:
    return int((clock.monotonic() - began_s) * 1000)
