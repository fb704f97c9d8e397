"""Calls of client-side tools that nobody has answered in time."""

from runtime_app.db.database import Database
from runtime_app.maintenance.sweep import alone, each
from runtime_app.tools import store
from runtime_app.tools.runner import finish
from runtime_app.tools.task import ClaimedTask, Outcome

BATCH = 200


def expire_calls(db: Database) -> int:
    """Fail the calls whose time is over, by the database's clock; their runs go on.

    One that is answered at that very moment stays answered.

    Returns:
        How many were ended.

    Effects:
        tool_tasks, tool.result (wakes a step).
    """
    with alone(db, "client-calls") as tx:
        if tx is None:
            return 0
        found = store.expired(tx, BATCH)

    def expire(task: ClaimedTask) -> int:
        error = f"expired: the client did not answer within {task.timeout_s:g} s"
        finish(db, task, Outcome("fail", error_class="expired", error=error))
        return 1

    return each("client-calls", found, expire)
