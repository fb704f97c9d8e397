"""What has become of a run's tool calls: their tasks, which go on being told after its end."""

from dataclasses import dataclass
from datetime import datetime

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

_SQL = beside(__file__, "tool_calls.sql")

#: Where a call may stand: the states of the machine `TOOL_TASK`.
STATES = ("queued", "running", "streaming", "succeeded", "failed", "canceled", "timed_out")


@dataclass(frozen=True, slots=True)
class TaskView:
    """One tool task, as it is shown.

    Args:
        attempt: how often it was claimed.
        late: a result came after the end of the run, or of the call: the log does not have it.
        error: of a task that did not succeed, in words.
        late_output: what a late result says, as canonical JSON; every other is in the log.
    """

    tool_call_id: str
    tool_name: str
    state: str
    attempt: int
    late: bool
    error_class: str | None
    error: str | None
    late_output: str | None
    created_at: datetime
    updated_at: datetime


def of_run(db: Transaction | Database, run_id: str) -> list[TaskView]:
    """The tasks of a run, oldest first: as many as its cap of tool calls allows."""
    return [TaskView(*row) for row in db.all(_SQL["tasks_of_run"], run_id=run_id)]
