"""Find executors that died."""

from runtime_app.db.database import Database
from runtime_app.leases import store as leases
from runtime_app.leases.loss import declare_lost
from runtime_app.maintenance.sweep import alone, each
from runtime_app.runs.slots import SlotLimits

BATCH = 200


def recover_runs(db: Database, limits: SlotLimits) -> int:
    """Declare every loss that nobody has declared; each in a transaction of its own.

    A run that no executor survives is ended.

    Returns:
        How many runs were found without their executor.

    Effects:
        as `declare_lost`.
    """
    with alone(db, "janitor") as tx:
        if tx is None:
            return 0
        run_ids = leases.expired(tx, BATCH)

    def declare(run_id: str) -> int:
        with db.transaction() as tx:
            return declare_lost(tx, run_id, limits)

    return each("janitor", run_ids, declare)
