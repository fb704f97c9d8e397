"""Queue `tools`: one tool at a time per process (prefork)."""

from runtime_app.dispatch.jobs import ExecuteTool
from tasks.app import app
from tasks.worker import runtime


@app.task(name=ExecuteTool.kind)
def execute_tool(tool_call_id: str) -> str:
    """Execute one queued tool task."""
    return runtime().tools.execute(tool_call_id)
