"""Find tool tasks whose worker died or hangs."""

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool
from runtime_app.maintenance.sweep import alone
from runtime_app.tools import store
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import finish
from runtime_app.tools.task import ClaimedTask, Outcome

BATCH = 200
MAX_ATTEMPTS = 3


def rescue_tools(db: Database, registry: Registry) -> int:
    """Let overdue tasks run again where that is safe, and end the others as timed out.

    Returns:
        How many tasks were overdue.
    """
    with alone(db, "tools") as tx:
        if tx is None:
            return 0
        overdue = store.overdue(tx, BATCH)
    for task in overdue:
        if _may_run_again(task, registry):
            with db.transaction() as tx:
                if store.requeue(tx, task):
                    tx.after_commit(ExecuteTool(task.tool_call_id))
        else:
            error = f"the tool did not answer in time (attempt {task.attempt})"
            finish(db, task, Outcome("time_out", error_class="timeout", error=error))
    return len(overdue)


def _may_run_again(task: ClaimedTask, registry: Registry) -> bool:
    tool = registry.get(task.tool_name)
    return tool is not None and tool.spec.idempotent and task.attempt < MAX_ATTEMPTS
