"""Ask again for work whose message was lost."""

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.maintenance.sweep import SQL, alone
from runtime_app.tools import store as tool_store

BATCH = 500
#: A queued tool task younger than this has its message still under way.
TOOL_AGE_S = 2.0


def sweep_wakeups(db: Database) -> int:
    """Dispatch a step for every unread head, and every tool task that waits.

    A run that is being woken right now is woken twice; the second message finds the lease held.

    Returns:
        How many jobs were asked for, at most 1000.
    """
    with alone(db, "wakeups") as tx:
        if tx is None:
            return 0
        for row in tx.all(SQL["unread_heads"], limit=BATCH):
            tx.after_commit(StepRun(row.run_id))
        for tool_call_id in tool_store.waiting(tx, TOOL_AGE_S, BATCH):
            tx.after_commit(ExecuteTool(tool_call_id))
        return len(tx.jobs)
