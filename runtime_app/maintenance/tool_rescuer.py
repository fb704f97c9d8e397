"""Tool tasks whose worker died or hangs: overdue, or handed back by whoever killed it."""

from collections.abc import Sequence

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool
from runtime_app.maintenance.liveness import certainly_dead
from runtime_app.maintenance.sweep import alone, each
from runtime_app.tools import store
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import NOT_CLAIMED, ToolRunner, finish
from runtime_app.tools.task import ClaimedTask, Outcome
from runtime_app.tools.watch import WatchPolicy

BATCH = 200
MAX_ATTEMPTS = 3
POLICY = WatchPolicy()


def rescue_tools(db: Database, registry: Registry, policy: WatchPolicy = POLICY) -> int:
    """Let tasks that nobody will end run again where that is safe; end the others.

    One whose worker is silent is `lost`: whether the tool has done its work is not known. One whose
    worker lives and has not kept its deadline has timed out. Tools that this process lacks are left
    for long to others; then a call of one that nobody has taken fails.

    Returns:
        How many it has seen to.

    Effects:
        tool_tasks, tool.result; ExecuteTool.
    """
    with alone(db, "tools") as tx:
        if tx is None:
            return 0
        found = store.overdue(
            tx,
            BATCH,
            registry.names,
            grace_s=policy.grace_s,
            silent_s=policy.silent_s,
            unknown_s=policy.unknown_s,
        )
        forsaken = store.forsaken(tx, BATCH, registry.names, policy.unknown_s)

    def rescue(overdue: tuple[ClaimedTask, bool]) -> int:
        task, silent = overdue
        _pass_on(db, registry, task, _lost(task) if silent else _timed_out(task))
        return 1

    def give_up(task: ClaimedTask) -> int:
        finish(db, task, _forsaken(task))
        return 1

    return each("tools", found, rescue) + each("tools", forsaken, give_up)


def execute(runner: ToolRunner, tool_call_id: str) -> str:
    """Execute one queued tool task, or see to one whose process was killed in the middle.

    Returns:
        What `runner` says, or `handed back`.
    """
    outcome = runner.execute(tool_call_id)
    if outcome == NOT_CLAIMED and take_from_dead(runner.db, runner.registry, tool_call_id):
        return "handed back"
    return outcome


def take_from_dead(db: Database, registry: Registry, tool_call_id: str) -> int:
    """Hand back what the holder of a task is at, if that is a process of ours which has ended.

    For whoever brings a task that is claimed: its message comes again when its process was killed.

    Returns:
        How many tasks were handed back.
    """
    worker = store.holder(db, tool_call_id)
    if worker is None or not certainly_dead(worker):
        return 0
    return hand_back(db, registry, [worker])


def hand_back(db: Database, registry: Registry, workers: Sequence[str]) -> int:
    """Let what these workers are at run again where that is safe, and end the rest as lost.

    Args:
        workers: names of processes that are dead for certain.

    Returns:
        How many tasks they had claimed, of tools that this process has.

    Raises:
        Unavailable: Postgres cannot be reached; the tasks are overdue some time.
    """
    held = [task for task in store.held_by(db, workers) if registry.get(task.tool_name)]
    for task in held:
        _pass_on(db, registry, task, _lost(task))
    return len(held)


def _pass_on(db: Database, registry: Registry, task: ClaimedTask, otherwise: Outcome) -> None:
    """Run it again, or end it as `otherwise` says."""
    if not _may_run_again(task, registry):
        finish(db, task, otherwise)
        return
    with db.transaction() as tx:
        if store.requeue(tx, task):
            tx.after_commit(ExecuteTool(task.tool_call_id))


def _may_run_again(task: ClaimedTask, registry: Registry) -> bool:
    tool = registry.get(task.tool_name)
    return tool is not None and tool.spec.idempotent and task.attempt < MAX_ATTEMPTS


def _lost(task: ClaimedTask) -> Outcome:
    error = (
        f"the tool's worker was lost (attempt {task.attempt}); "
        "whether the tool has taken effect is not known"
    )
    return Outcome("fail", error_class="lost", error=error)


def _forsaken(task: ClaimedTask) -> Outcome:
    error = f"no worker has taken the call: none has the tool {task.tool_name!r}"
    return Outcome("fail", error_class="tool_error", error=error)


def _timed_out(task: ClaimedTask) -> Outcome:
    error = f"the tool did not answer in time (attempt {task.attempt})"
    return Outcome("time_out", error_class="timeout", error=error)
