"""The tools there are, one of them executed, and the tool calls of a run."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.clock import rfc3339
from runtime_app.errors import Conflict, Detail, Forbidden, Unprocessable
from runtime_app.events.event import NewEvent
from runtime_app.runs import lifecycle, store, tool_calls, tool_listing
from runtime_app.runs.admission import BESIDE
from runtime_app.runs.ownership import owned
from runtime_app.runs.run import RunRequest
from runtime_app.streaming.result import Result, result_of
from web.api import Routes, refuses
from web.context import caller, origin, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import tools as shapes
from web.schemas.runs import ThreadQuery

routes = Routes("tools", __name__, url_prefix=PREFIX)


@routes.get("/tools")
@policy(Names.THREAD_QUERY)
@routes.arguments(ThreadQuery, location="query")
@routes.response(200, shapes.Tools, description="The tools, by name.")
def list_tools(_query: dict[str, Any]) -> Any:
    """The tools that the workers have.

    A run uses those that its `tool_policy` allows. The thread may be one that is yet to come; the
    answer is the same for all.
    """
    who = caller()
    with runtime().db.reading() as tx:
        if store.thread_owner(tx, who.thread_id) not in (None, str(who.principal)):
            raise Forbidden("the thread belongs to another principal")
        return {"tools": tool_listing.newest(tx)}


@routes.post("/tools/execute")
@policy(Names.BODY)
@routes.arguments(shapes.Waiting, location="query")
@routes.arguments(shapes.ExecuteTool)
@refuses(Conflict, Unprocessable)
@routes.response(200, shapes.Executed, description="It has come to an end.")
@routes.alt_response(202, schema=shapes.Executed, description="It goes on; ask again.")
def execute(query: dict[str, Any], body: dict[str, Any]) -> Any:
    """Execute one tool call, as a run of its own.

    The answer comes when the call has ended, or after `wait_ms`; then the same request again waits
    on. The same `run_id` with the same content is the same call: one that has ended gives its
    stored result, one that goes on is joined. The run can be streamed and cancelled as any other.
    """
    service, who = runtime(), caller().principal
    asked = {"tool_name": body["tool_name"], "input": body["arguments"]}
    with ExitStack() as waiting:
        with service.db.transaction() as tx:
            started = lifecycle.start_run(
                tx,
                _request(body),
                who,
                service.config.defaults,
                service.clock.now(),
                origin(),
                service.config.admission,
                first=[NewEvent("tool.requested", asked)],
            )
            # Inside the transaction: who may not wait has started nothing.
            place = service.readers.enter(started.run_id, str(who))
            waiting.callback(place.leave)
        run_id, within_s = started.run_id, query["wait_ms"] / 1000
        found = result_of(service.hub, service.clock, run_id, started.latest_seq, within_s)
    answer = {
        "runId": run_id,
        "threadId": body["thread_id"],
        "toolName": body["tool_name"],
        **_outcome(found, run_id),
        "latestSeq": found.seq,
        "idempotentReplay": started.replayed,
    }
    return answer, 200 if found.whole else 202


def _request(body: Mapping[str, Any]) -> RunRequest:
    content = {name: value for name, value in body.items() if name != "run_id"}
    return RunRequest(
        run_id=body.get("run_id"),
        thread_id=body["thread_id"],
        mode="tool",
        model="none",
        caps={},
        autopilot_id=body.get("autopilot_id"),
        tool_policy=body.get("tool_policy"),
        metadata=body.get("metadata"),
        content=canonical(content),
        on_busy=BESIDE,
    )


def _outcome(found: Result, run_id: str) -> dict[str, Any]:
    """What the log says of the call.

    Raises:
        Unprocessable: it could not be made as it stood.
    """
    call_id = None if found.call is None else found.call.payload["tool_call_id"]
    if found.result is None:
        end = {} if found.end is None else found.end.payload
        state = end.get("status", "queued" if call_id is None else "running")
        return {
            "toolCallId": call_id,
            "state": state,
            "output": None,
            "error": end.get("reason"),
        }
    payload = found.result.payload
    if payload.get("invalid"):
        message = payload["error"]
        raise Unprocessable(message, [Detail("arguments", message), Detail("run_id", run_id)])
    return {
        "toolCallId": call_id,
        "state": payload["status"],
        "output": payload.get("output"),
        "error": payload.get("error"),
    }


@routes.get("/runs/<run_id>/tools")
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
