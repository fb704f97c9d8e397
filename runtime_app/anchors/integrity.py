"""Whether a log is what it was: its chain, and its newest anchor."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from runtime_app.anchors.anchor import Anchor
from runtime_app.anchors.places import Anchors, Doubtful
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import InvalidRequest, Unavailable
from runtime_app.events.hashchain import GENESIS, Break
from runtime_app.events.integrity import Verdict, verify
from runtime_app.events.log import head, read_links
from runtime_app.observability import current, telemetry

SQL = beside(__file__)

#: Where to begin: at this seq, or behind the newest anchor.
Start = int | Literal["checkpoint"]


def start_of(text: str) -> Start:
    """A beginning as people write it: the seq of an event, or `checkpoint`.

    Raises:
        ValueError: it is neither.
    """
    if text == "checkpoint":
        return "checkpoint"
    if re.fullmatch(r"[1-9][0-9]{0,17}", text):
        return int(text)
    raise ValueError(f"{text!r} is neither the seq of an event nor `checkpoint`")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a log.

    Args:
        verdict: of its chain, the comparison with the anchor included.
        anchored_to: the seq up to which a signed anchor says the same; None without one.
        doubt: why nobody can say whether an anchor says the same, or "".
    """

    verdict: Verdict
    anchored_to: int | None
    doubt: str

    @property
    def result(self) -> str:
        """`sound`, `broken`, or `unknown` where the chain holds and there is a doubt."""
        if self.verdict.broken is not None:
            return "broken"
        return "unknown" if self.doubt else "sound"


def check(
    db: Transaction | Database, anchors: Anchors | None, run_id: str, start: Start = 1
) -> Finding:
    """Check a run's chain from `start` to its head, and compare it with its newest anchor.

    What lies before `start` is trusted: of a seq its `prevHash` as it is stored, of `checkpoint`
    what the newest anchor has signed; without an anchor that is the beginning.

    Args:
        anchors: None where no anchors are kept.

    Raises:
        NotFound: there is no such run.
        InvalidRequest: `start` lies past the head.
    Effects: tells `integrity.checked`; of a broken log `integrity.mismatch`, with a log line.
    """
    anchor, doubt = _newest(db, anchors, run_id)
    after, trusted = _beginning(db, run_id, start, anchor)
    verdict = verify(db, run_id, after, trusted)
    if verdict.broken is None and anchor is not None:
        verdict = replace(verdict, broken=_against(db, verdict, anchor))
    agrees = anchor is not None and verdict.broken is None
    finding = Finding(verdict, anchor.seq if anchor and agrees else None, doubt)
    telemetry.emit("integrity.checked", result=finding.result)
    if finding.result == "broken":
        with current.scope(run_id=run_id):
            telemetry.emit("integrity.mismatch")
    return finding


def _newest(
    db: Transaction | Database, anchors: Anchors | None, run_id: str
) -> tuple[Anchor | None, str]:
    """The newest anchor that is believed, and why there may be one that is not."""
    if anchors is None:
        return None, ""
    # The row is written after the file: whoever looks in this order misses none that is being made.
    row = db.one(SQL["newest_anchor"], run_id=run_id)
    try:
        found = anchors.newest(run_id)
    except (Doubtful, Unavailable) as error:
        return None, str(error)
    if row is not None and (found is None or found.seq < row.seq):
        return found, f"event {row.seq} was anchored as {row.artifact}, which is not in the store"
    return found, ""


def _beginning(
    db: Transaction | Database, run_id: str, start: Start, anchor: Anchor | None
) -> tuple[int, bytes]:
    """The last seq that is trusted, and its hash."""
    if start == "checkpoint":
        top = None if anchor is None else head(db, run_id)
        reached = anchor is not None and top is not None and anchor.seq <= top.seq
        return (anchor.seq, anchor.head) if anchor and reached else (0, GENESIS)
    if start == 1:
        return 0, GENESIS
    before = read_links(db, run_id, start - 2, 1)
    if not before or before[0].seq != start - 1:
        raise InvalidRequest.field("from", f"is {start}, and there is no event before that")
    return start - 1, before[0].event_hash


def _against(db: Transaction | Database, verdict: Verdict, anchor: Anchor) -> Break | None:
    """What the anchor has against a chain that holds."""
    if anchor.seq > verdict.checked_to:
        return Break(
            verdict.checked_to + 1,
            f"missing: the log ends here, a signed anchor knows event {anchor.seq}",
        )
    stored = read_links(db, anchor.run_id, anchor.seq - 1, 1)
    if not stored or stored[0].event_hash != anchor.head:
        return Break(anchor.seq, "event_hash differs from what a signed anchor says")
    return None
