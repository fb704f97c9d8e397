"""Anchor the logs that nobody anchored, and check some that nobody asked about."""

from runtime_app.anchors import anchoring
from runtime_app.anchors.integrity import check
from runtime_app.anchors.mismatch import report
from runtime_app.anchors.places import Anchors
from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.maintenance.sweep import SQL

#: Runs looked at in one sweep, at most.
BATCH = 100
#: How long after its end a run without an anchor is looked for; whoever was away longer finds what
#: is left by `runs verify`.
LOOKS_BACK_S = 7 * 86_400
#: Ended runs that are anchored at once, at most.
MOST_ENDED = 1000
#: How long after its end a run is looked for at once; then it is left to the sweep.
ENDED_FOR_S = 60.0
#: How often the log of a run that goes on is anchored.
GOES_ON_FOR_S = 86_400.0
#: Ended runs of one sample, and live ones.
SAMPLE = 20


def anchor_ended(db: Database, anchors: Anchors | None, clock: Clock) -> int:
    """Anchor the runs that have just ended: those of the last minute that have no anchor of it.

    Returns:
        How many were anchored.
    Raises:
        Unavailable: the store cannot be reached.
    Effects: as `anchor_run`, for each.
    """
    if anchors is None:
        return 0
    rows = db.all(SQL["just_ended"], within_s=ENDED_FOR_S, limit=MOST_ENDED)
    return anchoring.anchor_runs(db, anchors, [row.run_id for row in rows], clock)


def anchor_runs(
    db: Database,
    anchors: Anchors | None,
    clock: Clock,
    ended_for_s: float = ENDED_FOR_S,
    goes_on_for_s: float = GOES_ON_FOR_S,
) -> int:
    """Anchor ended runs that have no anchor of their end, and live ones once a day.

    What does not hold, or nobody can say of, is told again at every sweep.

    Returns:
        How many were anchored.
    Effects: as `anchor_run`, for each.
    """
    if anchors is None:
        return 0
    rows = db.all(
        SQL["unanchored"],
        ended_for_s=ended_for_s,
        looks_back_s=LOOKS_BACK_S,
        goes_on_for_s=goes_on_for_s,
        limit=BATCH,
    )
    return anchoring.anchor_runs(db, anchors, [row.run_id for row in rows], clock)


def verify_sample(db: Database, anchors: Anchors | None) -> int:
    """Check ended runs of moments picked at random, and live ones; what is found is told.

    Returns:
        How many were checked.
    Effects: what `check` tells; of a broken log what `report` does.
    """
    rows = [
        row for name in ("sample_ended", "sample_live") for row in db.all(SQL[name], runs=SAMPLE)
    ]
    for row in rows:
        broken = check(db, anchors, row.run_id).verdict.broken
        if broken is not None:
            report(db, row.run_id, broken)
    return len(rows)
