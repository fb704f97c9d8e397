"""Anchor a run's log as it stands."""

from runtime_app.anchors.integrity import SQL, check
from runtime_app.anchors.mismatch import report
from runtime_app.anchors.places import Anchors
from runtime_app.clock import Clock
from runtime_app.db.database import Database


def anchor_run(db: Database, anchors: Anchors | None, run_id: str, clock: Clock) -> str:
    """Anchor the run's head, unless it is anchored, does not hold, or nobody can say.

    Two at once may write two anchors of one seq; they say the same.

    Returns:
        `off` where no anchors are kept; `anchored`, `unchanged`, `broken` or `unknown`.
    Raises:
        NotFound: there is no such run.
        Unavailable: the store cannot be reached.
    Effects: a file of the artifact store; a row of run_anchors; what `check` tells; of a broken log
        what `report` does.
    """
    if anchors is None:
        return "off"
    finding = check(db, anchors, run_id, "checkpoint")
    if finding.verdict.broken is not None:
        report(db, run_id, finding.verdict.broken)
    if finding.result != "sound":
        return finding.result
    seq, head = finding.verdict.checked_to, bytes.fromhex(finding.verdict.head)
    if finding.anchored_to == seq:
        return "unchanged"
    at = clock.now()
    anchor, name = anchors.write(run_id, seq, head, at)
    db.execute(
        SQL["record_anchor"],
        run_id=run_id,
        seq=seq,
        chain_head=head,
        key_id=anchor.key_id,
        artifact=name,
        anchored_at=at,
    )
    return "anchored"
