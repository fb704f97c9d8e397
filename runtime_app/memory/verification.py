"""Whether the memory of a thread is what it says: its texts, what they were made from, no holes."""

from collections.abc import Iterator
from typing import Any

from runtime_app.canonical import sha256_hex, stored_loads
from runtime_app.db.database import Database
from runtime_app.db.sql import beside

_SQL = beside(__file__, "verification.sql")

#: Chunks read at once.
PAGE = 200


def problems(db: Database, thread_id: str) -> Iterator[str]:
    """What is wrong, in words; nothing where all is well. Reads only."""
    after = ""
    while page := db.all(_SQL["sealed_chunks"], thread_id=thread_id, after=after, limit=PAGE):
        for row in page:
            yield from (f"{row.chunk_id}: {problem}" for problem in _of_chunk(db, row))
        after = page[-1].chunk_id
    for row in db.all(_SQL["holes"], thread_id=thread_id):
        yield f"run {row.run_id}: the ranges do not meet at seq {row.seq}"


def _of_chunk(db: Database, row: Any) -> Iterator[str]:
    if sha256_hex(row.summary) != row.output_hash:
        yield "its text is not what was sealed"
    if sha256_hex(row.inputs) != row.input_hash:
        yield "its inputs are not those of the claim"
    for part in stored_loads(row.inputs):
        if row.level > 1:
            child = db.one(_SQL["child_hash"], chunk_id=part["chunk_id"])
            if child is None or child != (part["output_hash"], row.chunk_id):
                yield f"its child {part['chunk_id']} is not what it was made from"
            continue
        named = {name: part[name] for name in ("run_id", "from_seq", "to_seq")}
        found = {each.seq: each.event_hash for each in db.all(_SQL["event_hashes"], **named)}
        ends = (found.get(part["from_seq"]), found.get(part["to_seq"]))
        if ends != (part["from_hash"], part["to_hash"]):
            yield f"run {part['run_id']} does not hold the events that it was made from"
