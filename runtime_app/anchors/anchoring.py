"""Anchor runs' logs as they stand."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from runtime_app.anchors.anchor import Anchor
from runtime_app.anchors.integrity import SQL, Finding, check
from runtime_app.anchors.mismatch import report
from runtime_app.anchors.places import Anchors
from runtime_app.clock import Clock
from runtime_app.db.database import Database

#: Runs whose logs are read in one transaction, and whose anchors are recorded in one statement.
TOGETHER = 50
#: Runs of which nobody can say whether they hold, after which it must be the store.
ENOUGH_DOUBTS = 3


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
    return "off" if anchors is None else next(_results(db, anchors, [run_id], clock))


def anchor_runs(db: Database, anchors: Anchors, run_ids: Sequence[str], clock: Clock) -> int:
    """The same for many; how many were anchored. Who may not be sound keeps no other from it.

    Once it is the store that is in doubt, the others are left.

    Raises:
        NotFound, Unavailable: as `anchor_run`; what was anchored before stays.
    """
    anchored = doubts = 0
    for first in range(0, len(run_ids), TOGETHER):
        for result in _results(db, anchors, run_ids[first : first + TOGETHER], clock):
            anchored += result == "anchored"
            doubts += result == "unknown"
        if doubts >= ENOUGH_DOUBTS:
            break
    return anchored


def _results(db: Database, anchors: Anchors, run_ids: Sequence[str], clock: Clock) -> Iterator[str]:
    with db.reading() as tx:
        findings = {run_id: check(tx, anchors, run_id, "checkpoint") for run_id in run_ids}
    at = clock.now()
    made: list[tuple[Anchor, str]] = []
    try:
        for run_id, finding in findings.items():
            if finding.verdict.broken is not None:
                report(db, run_id, finding.verdict.broken)
            if _is_new(finding):
                head = bytes.fromhex(finding.verdict.head)
                made.append(anchors.write(run_id, finding.verdict.checked_to, head, at))
    finally:
        _record(db, made, at)
    for finding in findings.values():
        new = "anchored" if _is_new(finding) else "unchanged"
        yield new if finding.result == "sound" else finding.result


def _is_new(finding: Finding) -> bool:
    return finding.result == "sound" and finding.anchored_to != finding.verdict.checked_to


def _record(db: Database, made: Sequence[tuple[Anchor, str]], at: datetime) -> None:
    if made:
        db.execute(
            SQL["record_anchors"],
            run_ids=[anchor.run_id for anchor, _ in made],
            seqs=[anchor.seq for anchor, _ in made],
            heads=[anchor.head for anchor, _ in made],
            key_ids=[anchor.key_id for anchor, _ in made],
            artifacts=[artifact for _, artifact in made],
            anchored_at=at,
        )
