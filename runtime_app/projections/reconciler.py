"""Find read models that differ from the log, make them again, and look once more."""

import random

from runtime_app.db.database import Database
from runtime_app.observability import telemetry
from runtime_app.projections.rebuild import Difference, rebuild
from runtime_app.projections.writer import SQL, BrokenLog, ForeignRow

#: Runs whose sums are compared in one pass, and those of them that are reduced again.
RUNS_A_PASS, SAMPLE = 2000, 20
REPAIRS_A_DAY = 3


def reconcile(db: Database, *, limit: int = RUNS_A_PASS, sample: int = SAMPLE) -> int:
    """Check ended runs: those written since the last look first, then those checked longest ago.

    Of each, heads and sums are compared: a missing, added or replaced row shows. A few are reduced
    again as well, which shows an edited one. A run is repaired at most 3 times a day. A chain that
    is not the log's is no business of a repair; it is told.

    Returns:
        How many runs differed.

    Effects:
        projection_audits; of runs that differ, projected_* and projection_watermarks.
    """
    seen = db.all(SQL["look_again"], limit=limit)
    suspects = {row.run_id for row in seen if not (row.at_head and row.same_rows)}
    broken = {row.run_id for row in seen if row.at_head and not row.same_chain}
    for _run_id in broken:
        telemetry.emit("projection.drifted", kind="chain_mismatch")
    healthy = [row.run_id for row in seen if row.run_id not in suspects | broken]
    chosen = random.sample(healthy, min(sample, len(healthy)))
    looked_at = sorted((suspects | set(chosen)) - broken)
    return len(broken) + sum(_mended(db, run_id) for run_id in looked_at)


def _mended(db: Database, run_id: str) -> bool:
    """Whether it differed; then it is repaired, if it may be."""
    try:
        found = rebuild(db, run_id, dry_run=True)
        if found.kind == "none":
            return False
        telemetry.emit("projection.drifted", kind=found.kind)
        today = db.one(SQL["repairs_today"], run_id=run_id)
        if today is not None and today.repairs >= REPAIRS_A_DAY:
            telemetry.emit("projection.repaired", result="refused")
            return True
        found = rebuild(db, run_id)
        verified = rebuild(db, run_id, dry_run=True).kind == "none"
    except (BrokenLog, ForeignRow):
        telemetry.emit("projection.repaired", result="failed")
        return True
    _record(db, run_id, found, verified)
    telemetry.emit("projection.repaired", result="verified" if verified else "failed")
    return True


def _record(db: Database, run_id: str, found: Difference, verified: bool) -> None:
    db.execute(
        SQL["record_audit"],
        run_id=run_id,
        kind=found.kind,
        missing=found.missing,
        changed=found.changed,
        extra=found.extra,
        before=str(found.before),
        after=str(found.after),
        verified=verified,
    )
