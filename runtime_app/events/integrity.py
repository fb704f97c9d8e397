"""Verify a stored log: pages of 1000 events, constant memory."""

from dataclasses import dataclass

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import NotFound
from runtime_app.events.hashchain import GENESIS, Break, Link, Verifier
from runtime_app.events.log import first_after, head, read_links

PAGE = 1000
_SQL = beside(__file__, "integrity.sql")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a verification; `broken` is None when the chain holds up to `checked_to`."""

    checked_from: int
    checked_to: int
    head: str
    broken: Break | None


def verify(
    db: Transaction | Database, run_id: str, after: int = 0, trusted: bytes = GENESIS
) -> Verdict:
    """Check the run's chain from an event on to the head that its row records.

    The head is read first: events appended meanwhile are not looked at.

    Args:
        after, trusted: the seq and the hash of the event behind which to begin; by default none.

    Raises:
        NotFound: there is no such run.
    """
    top = db.one(_SQL["top_of"], run_id=run_id)
    if top is None:
        raise NotFound(f"there is no run {run_id!r}")
    chain_head = bytes(top.chain_head)
    verifier = Verifier(run_id, after, trusted)
    broken: Break | None = None
    while broken is None and verifier.seq < top.seq:
        page = read_links(db, run_id, verifier.seq, min(PAGE, top.seq - verifier.seq))
        if not page:
            broken = _hole(db, run_id, verifier.seq)
            break
        broken = verifier.feed(page, _floor(db, run_id, page))
    broken = broken or verifier.finish(top.seq, chain_head)
    if broken is None and top.beyond is not None:
        broken = Break(top.beyond, f"stored past the head, which is {top.seq}")
    return Verdict(after + 1, verifier.seq, chain_head.hex(), broken)


def _floor(db: Transaction | Database, run_id: str, page: list[Link]) -> int | None:
    """Up to where deltas of the run may be gone, or None while it goes on.

    Asked after the page was read: a run ends, and its floor moves, before the first payload goes.
    """
    if all(link.payload_text is not None for link in page):
        return None
    now = head(db, run_id)
    return None if now is None or now.closed_seq is None else now.floor_seq


def _hole(db: Transaction | Database, run_id: str, after: int) -> Break | None:
    """What a page without events means where the log goes on: a hole longer than a page."""
    beyond = first_after(db, run_id, after)
    if beyond is None:
        return None
    return Break(after + 1, f"missing: the next event stored is {beyond}")
