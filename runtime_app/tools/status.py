"""The tool task's states. `docs/STATE_MACHINES.md` is drawn from this table."""

from runtime_app.state_machine import Machine

_ENDS = {"succeed": "succeeded", "fail": "failed", "cancel": "canceled", "time_out": "timed_out"}

TOOL_TASK = Machine(
    "tool task",
    "queued",
    {
        "queued": {"claim": "running", "cancel": "canceled", "fail": "failed"},
        "running": {"progress": "streaming", "requeue": "queued", **_ENDS},
        "streaming": {"progress": "streaming", "requeue": "queued", **_ENDS},
        "succeeded": {},
        "failed": {},
        "canceled": {},
        "timed_out": {},
    },
)

#: The states in which a worker has the task.
AT_WORK = TOOL_TASK.predecessors("progress")
#: How a task ended, by what ended it.
ENDS = _ENDS
