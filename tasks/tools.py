"""Queue `tools`: one tool at a time per process (prefork)."""

from runtime_app.dispatch.jobs import ExecuteTool
from runtime_app.maintenance import tool_rescuer
from tasks.app import app
from tasks.worker import runtime


@app.task(name=ExecuteTool.kind)
def execute_tool(tool_call_id: str) -> str:
    """Execute one queued tool task, or see to one whose process was killed in the middle."""
    return tool_rescuer.execute(runtime().tools, tool_call_id)
