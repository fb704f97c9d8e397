"""Queue `tools`: one tool at a time per process (prefork)."""

from runtime_app.dispatch.jobs import ExecuteTool
from runtime_app.maintenance.tool_rescuer import take_from_dead
from runtime_app.tools.runner import NOT_CLAIMED
from tasks.app import app
from tasks.worker import runtime


@app.task(name=ExecuteTool.kind)
def execute_tool(tool_call_id: str) -> str:
    """Execute one queued tool task, or see to one whose process was killed in the middle."""
    outcome = runtime().tools.execute(tool_call_id)
    if outcome == NOT_CLAIMED and take_from_dead(runtime().db, runtime().registry, tool_call_id):
        return "handed back"
    return outcome
