"""Record acts, read them back, verify them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.audit.act import ACTS, Act, Entry
from runtime_app.audit.chain import ActVerifier, Flaw
from runtime_app.canonical import canonical
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

SQL = beside(__file__)
PAGE = 1000


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The result of a verification; `flaw` is None when all of it holds."""

    checked_to: int
    head: str
    flaw: Flaw | None


def record(tx: Transaction, act: Act) -> int:
    """Record an act in the transaction that does it; its number.

    What people have written passes the sanitizer first.

    Raises:
        ValueError: the catalogue of acts does not know it, or it has no reason.
    Effects: one row of operator_audit; its head stays locked until the transaction ends, so this
        comes last.
    """
    if act.name not in ACTS:
        raise ValueError(f"{act.name!r} is not an act; add it to ACTS")
    if not act.reason.strip():
        raise ValueError(f"{act.name} needs a reason")
    row = tx.one(
        SQL["record_act"],
        actor=tx.sanitizer.text(act.actor.name),
        role=act.actor.role,
        key_id=act.actor.key_id,
        act=act.name,
        target=None if act.target is None else tx.sanitizer.text(act.target),
        arguments=_clean(tx, act.arguments),
        reason=tx.sanitizer.text(act.reason),
        before=None if act.before is None else _clean(tx, act.before),
        after=None if act.after is None else _clean(tx, act.after),
        outcome=act.outcome,
        request_id=act.request_id,
    )
    assert row is not None
    return int(row.seq)


def is_kept(tx: Transaction) -> bool:
    """Whether the schema has a journal already; early revisions have none."""
    row = tx.one(SQL["is_kept"])
    return row is not None and bool(row.kept)


def latest(
    db: Database,
    *,
    key_id: str | None = None,
    act: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[Entry]:
    """The newest acts first, at most `limit` (1..1000)."""
    rows = db.all(SQL["latest_acts"], key_id=key_id, act=act, actor=actor, since=since, limit=limit)
    return [_entry(row) for row in rows]


def entries(db: Database) -> Iterator[Entry]:
    """All acts, oldest first, read page by page."""
    after = 0
    while rows := db.all(SQL["acts_after"], after=after, limit=PAGE):
        for row in rows:
            yield _entry(row)
        after = rows[-1].seq


def verify(db: Database) -> AuditVerdict:
    """Check the chain from the first act to the recorded head.

    The head is read first: a row past it is forged, unless the head has moved meanwhile.
    """
    top = _head(db)
    verifier = ActVerifier()
    for entry in entries(db):
        flaw = verifier.feed([entry]) if entry.seq <= top[0] else _beyond(db, entry, top[0])
        if flaw is not None:
            return AuditVerdict(verifier.seq, top[1].hex(), flaw)
        if entry.seq > top[0]:
            break
    return AuditVerdict(verifier.seq, top[1].hex(), verifier.finish(*top))


def _beyond(db: Database, entry: Entry, head_seq: int) -> Flaw | None:
    if _head(db)[0] > head_seq:
        return None
    return Flaw(entry.seq, f"stored past the head, which is {head_seq}")


def _head(db: Database) -> tuple[int, bytes]:
    row = db.one(SQL["get_audit_head"])
    return (0, bytes(32)) if row is None else (row.seq, bytes(row.chain_head))


def _clean(tx: Transaction, facts: Mapping[str, Any]) -> str:
    return canonical(tx.sanitizer.value(dict(facts)))


def _entry(row: Any) -> Entry:
    hashes = {"prev_hash": bytes(row.prev_hash), "row_hash": bytes(row.row_hash)}
    return Entry(**{**row._asdict(), **hashes})
