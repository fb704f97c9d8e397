"""The run's states and why it ended. `docs/STATE_MACHINES.md` is drawn from this table."""

from enum import StrEnum

from runtime_app.state_machine import Machine

RUN = Machine(
    "run",
    "accepted",
    {
        "accepted": {
            "start": "running",
            "request_cancel": "canceling",
            "fail": "failed",
            "complete": "completed",
        },
        "running": {
            "await_tools": "waiting_tool",
            "await_approval": "waiting_approval",
            "await_input": "waiting_input",
            "request_cancel": "canceling",
            "complete": "completed",
            "fail": "failed",
        },
        "waiting_tool": {
            "resume": "running",
            "request_cancel": "canceling",
            "fail": "failed",
        },
        "waiting_approval": {
            "resume": "running",
            "request_cancel": "canceling",
            "fail": "failed",
        },
        "waiting_input": {
            "resume": "running",
            "request_cancel": "canceling",
            "complete": "completed",
            "fail": "failed",
        },
        "canceling": {"cancel": "canceled", "fail": "failed"},
        "completed": {},
        "failed": {},
        "canceled": {},
    },
)


class ReasonClass(StrEnum):
    """Why a run ended; clients choose among these and add none."""

    COMPLETED = "completed"
    CANCELED_BY_USER = "canceled_by_user"
    MAX_STEPS_EXCEEDED = "max_steps_exceeded"
    MAX_WALL_CLOCK_EXCEEDED = "max_wall_clock_exceeded"
    MAX_TOKENS_EXCEEDED = "max_tokens_exceeded"
    MAX_MODEL_CALLS_EXCEEDED = "max_model_calls_exceeded"
    MAX_TOOL_CALLS_EXCEEDED = "max_tool_calls_exceeded"
    LOOP_DETECTED = "loop_detected"
    POLICY_BUDGET_EXHAUSTED = "policy_budget_exhausted"
    POLICY_DENIED = "policy_denied"
    APPROVAL_DENIED = "approval_denied"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    EXECUTOR_RECOVERY_EXHAUSTED = "executor_recovery_exhausted"
    INTERNAL_ERROR = "internal_error"
