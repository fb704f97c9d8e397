"""The gauges of `observability.metrics.GAUGES`, from the rows."""

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.dispatch.jobs import JOBS, ExecuteTool, StepRun
from runtime_app.observability.gauges import Reading
from runtime_app.runs.status import RUN

SQL = beside(__file__)
#: What a statement may take before there is no reading; a tenth of it is the rule.
LIMIT_MS = 500
LIVE = tuple(status for status in RUN.states if status not in RUN.terminal)


def read(db: Database) -> Reading:
    """All of them, as of one moment; what there is none of is 0.

    Raises:
        Unavailable: Postgres cannot be reached, or a statement takes longer than 500 ms.
    """
    with db.reading() as tx:
        tx.one(SQL["set_time_limit"], limit_ms=LIMIT_MS)
        runs = {row.status: float(row.runs) for row in tx.all(SQL["live_runs"])}
        steps, tools = tx.one(SQL["runs_without_executor"]), tx.one(SQL["tasks_without_worker"])
        queue = tx.one(SQL["notify_queue"])
        undecided = tx.one(SQL["quarantine_waiting"])
        breakers = tx.all(SQL["breaker_states"])
        successes = {row.job: row.at_s for row in tx.all(SQL["successes"])}
    assert steps is not None
    assert tools is not None
    assert queue is not None
    assert undecided is not None
    waiting = {StepRun.queue: steps, ExecuteTool.queue: tools}
    return {
        "runs_live": {(status,): runs.get(status, 0.0) for status in LIVE},
        "queue_depth": {(name,): float(row.depth) for name, row in waiting.items()},
        "queue_oldest_seconds": {(name,): row.oldest_s for name, row in waiting.items()},
        "work_oldest_seconds": {(): max(row.oldest_s for row in waiting.values())},
        "notify_queue_ratio": {(): queue.ratio},
        "quarantine_waiting": {("run",): undecided.runs, ("tool",): undecided.tools},
        "breaker_state": {(row.provider, row.op): row.worst for row in breakers},
        "beat_last_success_timestamp_seconds": {
            (job.kind,): successes[job.kind] for job in JOBS if job.kind in successes
        },
    }
