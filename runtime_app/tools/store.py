"""Tool tasks as rows; every transition is one guarded statement, and no row holds a secret."""

import hashlib
from collections.abc import Sequence
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.events.log import origin_of
from runtime_app.runs.client_calls import CLIENT
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.status import AT_WORK, TOOL_TASK
from runtime_app.tools.task import ClaimedTask, NewTask, Outcome, Whole

_SQL = beside(__file__)


def enqueue(tx: Transaction, task: NewTask) -> None:
    """Store a task; the `tool.call` event of the same transaction asks for its execution.

    One for the run's client is claimed by it at once.
    """
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
    if task.client:
        claim(tx, task.tool_call_id, CLIENT)


def claim(
    db: Transaction | Database,
    tool_call_id: str,
    worker: str,
    code_version: str = "",
    *,
    names: Sequence[str] | None = None,
    token: str | None = None,
) -> ClaimedTask | None:
    """Claim a queued task for this worker; None when it is not (any more) to be had.

    Args:
        names: of the tools that this worker has; None for any.
        token: of this claim. Asked again with the same one, it is the same claim, begun anew.

    Raises:
        Unavailable: it may have been claimed all the same.
    """
    row = db.one(
        _SQL["claim_task"],
        tool_call_id=tool_call_id,
        worker=worker,
        code_version=code_version,
        names=None if names is None else list(names),
        token=token,
    )
    if row is None:
        return None
    if row.attempt == 1 and worker != CLIENT:
        db.tell("tool.claimed", row.waited_s, tool=row.tool_name)
    return _task(row)


def beat(db: Database, task: ClaimedTask) -> bool | None:
    """Give a sign of life; whether the run is to be cancelled. None: the task is not ours any more.

    Effects:
        tool_tasks.heartbeat_at, by which a sweep knows that the worker lives.
    """
    row = db.one(_SQL["beat_task"], **_ours(task))
    return None if row is None else bool(row.cancel_requested)


def look(db: Database, task: ClaimedTask) -> bool | None:
    """What `beat` says, without a sign of life."""
    row = db.one(_SQL["look_at_task"], **_ours(task))
    return None if row is None else bool(row.cancel_requested)


def show_progress(tx: Transaction, task: ClaimedTask, data: Any) -> bool:
    """Store the newest progress; False when the task is not ours any more."""
    progress = canonical(tx.sanitizer.value(data))
    return tx.one(_SQL["show_progress"], progress=progress, **_ours(task)) is not None


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
    """Put a task to rest whose run has ended; keep what its tool has said all the same, as late.

    What a sweep has given up (`lost`, timed out) keeps its state, and a late result with it.
    """
    db.execute(
        _SQL["keep_late"],
        tool_call_id=task.tool_call_id,
        attempt=task.attempt,
        is_result=outcome.is_result,
        **_found(outcome, db.sanitizer),
    )


def requeue(tx: Transaction, task: ClaimedTask) -> bool:
    """Put a task whose worker has died back; False when it has moved on."""
    return tx.one(_SQL["requeue_task"], **_ours(task)) is not None


def overdue(
    db: Transaction | Database,
    limit: int,
    names: Sequence[str],
    *,
    grace_s: float,
    silent_s: float,
    unknown_s: float,
) -> list[tuple[ClaimedTask, bool]]:
    """Tasks at work that nobody will end, oldest first; whether it is for their worker's silence.

    Args:
        grace_s: past its deadline, which its worker keeps by itself.
        silent_s: since the last sign of life of its worker.
        names: of the tools that are known here; those of others are overdue `unknown_s` past
            their deadline.
    """
    rows = db.all(
        _SQL["overdue_tasks"],
        limit=limit,
        names=list(names),
        grace_s=grace_s,
        silent_s=silent_s,
        unknown_s=unknown_s,
        client=CLIENT,
    )
    return [(_task(row), row.silent) for row in rows]


def forsaken(
    db: Transaction | Database, limit: int, names: Sequence[str], unknown_s: float
) -> list[ClaimedTask]:
    """Tasks queued for longer than `unknown_s` whose tool is none of these, oldest first."""
    rows = db.all(_SQL["forsaken_tasks"], limit=limit, names=list(names), unknown_s=unknown_s)
    return [_task(row) for row in rows]


def expired(db: Transaction | Database, limit: int) -> list[ClaimedTask]:
    """Calls that their client has not answered in time, oldest first."""
    return [_task(row) for row in db.all(_SQL["expired_tasks"], limit=limit, client=CLIENT)]


def holder(db: Transaction | Database, tool_call_id: str) -> str | None:
    """The worker that is at it, or None when nobody is."""
    row = db.one(_SQL["get_holder"], tool_call_id=tool_call_id)
    return None if row is None else str(row.worker)


def held_by(db: Transaction | Database, workers: Sequence[str]) -> list[ClaimedTask]:
    """Tasks that these workers have claimed and not ended, oldest first."""
    return [_task(row) for row in db.all(_SQL["held_tasks"], workers=list(workers))]


def waiting(db: Transaction | Database, age_s: float, limit: int) -> list[str]:
    """Ids of tasks that have been queued for longer than `age_s`, each at most every 10 s.

    Effects:
        tool_tasks.woken_at.
    """
    rows = db.all(_SQL["waiting_tasks"], age_s=age_s, limit=limit)
    return [row.tool_call_id for row in rows]


def _ours(task: ClaimedTask) -> dict[str, Any]:
    return {
        "tool_call_id": task.tool_call_id,
        "attempt": task.attempt,
        "at_work": sorted(AT_WORK),
    }


def _found(outcome: Outcome, sanitizer: Sanitizer) -> dict[str, Any]:
    given = outcome.given == "succeed"
    output = canonical(sanitizer.value(outcome.output)) if given else None
    raw = b"" if output is None else output.encode()
    whole = outcome.whole or Whole(hashlib.sha256(raw).digest(), len(raw), None)
    return {
        "output": output,
        "output_hash": whole.sha256 if given else None,
        "output_bytes": whole.bytes if given else None,
        "output_artifact": whole.artifact,
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
        row.timeout_s,
        origin_of(row),
    )
