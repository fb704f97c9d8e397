"""The tool task's states. `docs/STATE_MACHINES.md` is drawn from this table."""

from runtime_app.state_machine import Machine

TOOL_TASK = Machine(
    "tool task",
    "queued",
    {
        "queued": {"claim": "running", "cancel": "canceled", "fail": "failed"},
        "running": {
            "succeed": "succeeded",
            "fail": "failed",
            "cancel": "canceled",
            "time_out": "timed_out",
            "requeue": "queued",
        },
        "succeeded": {},
        "failed": {},
        "canceled": {},
        "timed_out": {},
    },
)
