"""Hand out slots that nobody was told of."""

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.maintenance.sweep import alone, each
from runtime_app.runs import slots
from runtime_app.runs.slots import SlotLimits

BATCH = 200


def sweep_slots(db: Database, limits: SlotLimits) -> int:
    """Take back what ended runs hold, give the free slots out, wake who has some and sleeps.

    Each run in a transaction of its own: slots are locked key by key, in the order of one run's.

    Returns:
        How many runs were given something to do.
    """
    with alone(db, "slots") as tx:
        if tx is None:
            return 0
        unheeded = slots.unheeded(tx, BATCH)
        for run_id in unheeded:
            tx.after_commit(StepRun(run_id))

    def release(run_id: str) -> int:
        with db.transaction() as tx:
            slots.release(tx, run_id, limits)
        return 0

    def grant(run_id: str) -> int:
        with db.transaction() as tx:
            return slots.grant(tx, run_id, limits)

    each("slots", slots.left_behind(db, BATCH), release)
    return len(unheeded) + each("slots", slots.passed_over(db, limits, BATCH), grant)
