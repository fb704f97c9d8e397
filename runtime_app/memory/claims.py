"""The first phase: a window and its exact inputs are somebody's for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from runtime_app.canonical import canonical, sha256_hex
from runtime_app.db.database import Database
from runtime_app.db.sql import Query, beside
from runtime_app.db.transaction import Transaction
from runtime_app.memory.chunk import RULES, Claim, chunk_id
from runtime_app.memory.windows import LEVELS, Level

SQL = beside(__file__)

LEASE_S = 300
#: Seqs of one run in one L1; what is more is a further part of the window.
MOST_EVENTS = 5000
_ANY_TIME = "-infinity"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is due: a thread of an owner; of L2 and L3 the window too."""

    thread_id: str
    owner: str
    starts: datetime | None = None


def due(
    db: Database, level: int, now: datetime | None, thread_id: str | None, limit: int
) -> list[Place]:
    """Where a chunk of the level is missing, the oldest first; dead builders' before those."""
    this = LEVELS[level]
    asked = {"now": now, "thread_id": thread_id, "limit": limit}
    found = [Place(row.thread_id, row.owner) for row in db.all(SQL["lapsed"], level=level, **asked)]
    about = {"window_s": this.window_s, "settle_s": this.settle_s, **asked}
    if level == 1:
        rows = db.all(SQL["due_events"], **about)
        return found + [Place(row.thread_id, row.owner) for row in rows]
    rows = db.all(SQL["due_chunks"], **about, level=level, below=level - 1)
    return found + [Place(row.thread_id, row.owner, row.first_at) for row in rows]


def claim(
    db: Database, level: int, place: Place, now: datetime | None, trigger: str
) -> Claim | None:
    """Make the next chunk of this place ours; None where there is none, or it is another's.

    Effects:
        memory_chunks.
    """
    named: dict[str, Any] = {"thread_id": place.thread_id, "level": level}
    with db.transaction() as tx:
        if not _one(tx, SQL["lock_thread"], **named).locked:
            return None
        named |= {"owner": place.owner, "now": now}
        open_chunk = tx.one(SQL["open_chunk"], **named)
        if open_chunk is not None:
            if not open_chunk.lapsed:
                return None
            taken = {"chunk_id": open_chunk.chunk_id, "now": now, "lease_s": LEASE_S}
            return Claim(*_one(tx, SQL["take_over"], **taken))
        found = _events(tx, place, now) if level == 1 else _children(tx, LEVELS[level], place)
        return None if found is None else _insert(tx, named, *found, trigger)


def _events(
    tx: Transaction, place: Place, now: datetime | None
) -> tuple[datetime, datetime, Sequence[dict[str, Any]]] | None:
    """The oldest window with something to remember; what is before it joins it."""
    this, after = LEVELS[1], _ANY_TIME
    named = {"thread_id": place.thread_id, "owner": place.owner}
    about = {"window_s": this.window_s, "settle_s": this.settle_s, "now": now}
    while True:
        row = _one(tx, SQL["event_window"], **named, **about, after=after)
        if row.first_at is None or row.starts >= row.horizon:
            return None
        ends = row.starts + timedelta(seconds=this.window_s)
        ranges = tx.all(SQL["event_ranges"], **named, ends=ends, most=MOST_EVENTS)
        if any(each.has_input for each in ranges):
            return row.starts, ends, [_range(each) for each in ranges]
        after = ends.isoformat()


def _range(row: Any) -> dict[str, Any]:
    names = ("run_id", "from_seq", "to_seq", "from_hash", "to_hash")
    return {name: getattr(row, name) for name in names}


def _children(
    tx: Transaction, this: Level, place: Place
) -> tuple[datetime, datetime, Sequence[dict[str, Any]]] | None:
    if place.starts is None:
        return None
    ends = place.starts + timedelta(seconds=this.window_s)
    named = {"thread_id": place.thread_id, "owner": place.owner, "below": this.level - 1}
    rows = tx.all(SQL["children"], **named, starts=place.starts, ends=ends)
    inputs = [{"chunk_id": row.chunk_id, "output_hash": row.output_hash} for row in rows]
    return (place.starts, ends, inputs) if inputs else None


def _insert(
    tx: Transaction,
    named: dict[str, Any],
    starts: datetime,
    ends: datetime,
    inputs: Sequence[dict[str, Any]],
    trigger: str,
) -> Claim:
    level, scope = named["level"], (named["thread_id"], named["owner"])
    text = canonical(list(inputs))
    digest = sha256_hex(text)
    unnow = {name: value for name, value in named.items() if name != "now"}
    part = _one(tx, SQL["next_part"], **unnow, starts=starts).part
    row = _one(
        tx,
        SQL["insert_chunk"],
        **named,
        chunk_id=chunk_id(scope, level, starts, part, digest),
        starts=starts,
        ends=ends,
        part=part,
        inputs=text,
        input_hash=digest,
        lease_s=LEASE_S,
        trigger=trigger,
        rules=RULES,
    )
    return Claim(*row)


def _one(tx: Transaction, query: Query, **params: Any) -> Any:
    row = tx.one(query, **params)
    assert row is not None
    return row
