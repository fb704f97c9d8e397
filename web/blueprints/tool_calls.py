"""The tool calls of a run."""

from typing import Any

from runtime_app.canonical import stored_loads
from runtime_app.clock import rfc3339
from runtime_app.runs import tool_calls
from runtime_app.runs.ownership import owned
from web.api import Routes
from web.context import caller, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import tool_calls as shapes
from web.schemas.runs import ThreadQuery

routes = Routes("tool_calls", __name__, url_prefix=f"{PREFIX}/runs")


@routes.get("/<run_id>/tool-calls")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(ThreadQuery, location="query")
@routes.response(200, shapes.ToolCalls, description="The calls, oldest first.")
def list_tool_calls(_query: dict[str, Any], run_id: str) -> Any:
    """What has become of each tool call that was carried out, also after the run's end.

    A result that comes after the end is not in the log; it is here, marked `late`, and changes
    nothing. A call that was refused at once has no task and is in the log alone.
    """
    who = caller()
    with runtime().db.reading() as tx:
        owned(tx, run_id, who.thread_id, who.principal)
        tasks = tool_calls.of_run(tx, run_id)
    return {
        "runId": run_id,
        "toolCalls": [
            {
                "toolCallId": task.tool_call_id,
                "toolName": task.tool_name,
                "state": task.state,
                "attempt": task.attempt,
                "late": task.late,
                "errorClass": task.error_class,
                "error": task.error,
                "lateOutput": None if task.late_output is None else stored_loads(task.late_output),
                "createdAt": rfc3339(task.created_at),
                "updatedAt": rfc3339(task.updated_at),
            }
            for task in tasks
        ],
    }
