"""Tool tasks as rows; every transition is one guarded statement, and no row holds a secret."""

from collections.abc import Sequence
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.events.log import origin_of
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.status import TOOL_TASK
from runtime_app.tools.task import ClaimedTask, NewTask, Outcome

_SQL = beside(__file__)


def enqueue(tx: Transaction, task: NewTask) -> None:
    """Store a task; the `tool.call` event of the same transaction asks for its execution."""
    tx.execute(
        _SQL["insert_task"],
        tool_call_id=task.tool_call_id,
        run_id=task.run_id,
        tool_name=task.tool_name,
        input=canonical(tx.sanitizer.value(task.arguments)),
        timeout_s=task.timeout_s,
        sanitized_by=tx.sanitizer.stamp,
        trace_id=task.origin.trace_id,
        request_id=task.origin.request_id,
        span_id=task.origin.span_id,
        trace_flags=task.origin.trace_flags,
        tracestate=task.origin.tracestate,
    )


def claim(db: Database, tool_call_id: str, worker: str) -> ClaimedTask | None:
    """Claim a queued task for this worker; None when it is not (any more) to be had."""
    row = db.one(_SQL["claim_task"], tool_call_id=tool_call_id, worker=worker)
    if row is None:
        return None
    if row.attempt == 1:
        db.tell("tool.claimed", row.waited_s, tool=row.tool_name)
    return _task(row)


def end(tx: Transaction, task: ClaimedTask, outcome: Outcome) -> bool:
    """End a task that is in this attempt; False when somebody else has ended or requeued it."""
    state = TOOL_TASK.next("running", outcome.given)
    row = tx.one(
        _SQL["end_task"],
        tool_call_id=task.tool_call_id,
        attempt=task.attempt,
        state=state,
        from_states=list(TOOL_TASK.predecessors(outcome.given)),
        **_found(outcome, tx.sanitizer),
    )
    if row is None:
        return False
    tx.tell(
        "tool.ended",
        row.took_s,
        tool=task.tool_name,
        state=state,
        error_class=outcome.error_class or "",
    )
    return True


def keep_late(db: Transaction | Database, task: ClaimedTask, outcome: Outcome) -> None:
    """Keep what a worker found after the end of its run; the task stays canceled, marked late."""
    db.execute(
        _SQL["keep_late"],
        tool_call_id=task.tool_call_id,
        attempt=task.attempt,
        **_found(outcome, db.sanitizer),
    )


def cancel_open(tx: Transaction, run_id: str) -> list[str]:
    """Cancel what is queued or running for a run; the ids."""
    rows = tx.all(_SQL["cancel_open"], run_id=run_id)
    for row in rows:
        tx.tell("tool.canceled", tool=row.tool_name)
    return [row.tool_call_id for row in rows]


def requeue(tx: Transaction, task: ClaimedTask) -> bool:
    """Put a task whose worker has died back; False when it has moved on."""
    row = tx.one(_SQL["requeue_task"], tool_call_id=task.tool_call_id, attempt=task.attempt)
    return row is not None


def overdue(db: Transaction | Database, limit: int) -> list[ClaimedTask]:
    """Tasks that run past their deadline, oldest first."""
    return [_task(row) for row in db.all(_SQL["overdue_tasks"], limit=limit)]


def holder(db: Transaction | Database, tool_call_id: str) -> str | None:
    """The worker that is at it, or None when nobody is."""
    row = db.one(_SQL["get_holder"], tool_call_id=tool_call_id)
    return None if row is None else str(row.worker)


def held_by(db: Transaction | Database, workers: Sequence[str]) -> list[ClaimedTask]:
    """Tasks that these workers have claimed and not ended, oldest first."""
    return [_task(row) for row in db.all(_SQL["held_tasks"], workers=list(workers))]


def waiting(db: Transaction | Database, age_s: float, limit: int) -> list[str]:
    """Ids of tasks that have been queued for longer than `age_s`."""
    rows = db.all(_SQL["waiting_tasks"], age_s=age_s, limit=limit)
    return [row.tool_call_id for row in rows]


def _found(outcome: Outcome, sanitizer: Sanitizer) -> dict[str, str | None]:
    output = sanitizer.value(outcome.output)
    return {
        "output": canonical(output) if outcome.given == "succeed" else None,
        "error_class": outcome.error_class,
        "error": None if outcome.error is None else sanitizer.text(outcome.error),
        "sanitized_by": sanitizer.stamp,
    }


def _task(row: Any) -> ClaimedTask:
    return ClaimedTask(
        row.tool_call_id,
        row.run_id,
        row.tool_name,
        stored_loads(row.input),
        row.attempt,
        origin_of(row),
    )
