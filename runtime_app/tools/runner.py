"""One tool task from claim to result."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from runtime_app.canonical import canonical, make_safe
from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.errors import RunClosed
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.observability import current, spans
from runtime_app.tools import store
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import ToolContext, ToolError
from runtime_app.tools.task import ClaimedTask, Outcome

_log = logging.getLogger(__name__)

#: What comes of a copy of a message.
NOT_CLAIMED = "not claimed"
_STATUS = {"succeed": "succeeded", "fail": "failed", "time_out": "timed_out", "cancel": "canceled"}


@dataclass(frozen=True, slots=True)
class ToolRunner:
    """Executes tool tasks in the calling process.

    Args:
        worker: a name for this process, stored with the claim.
    """

    db: Database
    registry: Registry
    clock: Clock
    worker: str

    def execute(self, tool_call_id: str) -> str:
        """Claim a task, run its tool, store the result with its event.

        Returns:
            The task's state, or `not claimed` when there was nothing to do: a copy of the message.

        Effects:
            tool_tasks, tool.result (wakes a step).
        """
        task = store.claim(self.db, tool_call_id, self.worker)
        if task is None:
            return NOT_CLAIMED
        with current.scope(run_id=task.run_id, tool_call_id=tool_call_id):
            return self._perform(task)

    def _perform(self, task: ClaimedTask) -> str:
        about: dict[str, spans.Value] = {
            "oa.run_id": task.run_id,
            "oa.tool": task.tool_name,
            "oa.tool_call_id": task.tool_call_id,
            "oa.attempt": task.attempt,
        }
        link = current.message()
        with spans.span("runtime.tool", task.origin.trace, about, link) as span:
            task = replace(task, origin=task.origin.within(span.context))
            current.bind(task.origin.trace, task.origin.request_id)
            outcome = self._run(task)
            status = _STATUS[outcome.given]
            span.put("oa.outcome", status)
            finish(self.db, task, outcome)
        return status

    def _run(self, task: ClaimedTask) -> Outcome:
        tool = self.registry.get(task.tool_name)
        if tool is None:
            return Outcome("fail", error_class="tool_error", error="this release lacks the tool")
        try:
            context = ToolContext(task.tool_call_id, self.clock.now(), task.origin.headers)
            output = tool.adapter(task.arguments, context)
        except ToolError as error:
            return Outcome("fail", error_class="tool_error", error=make_safe(str(error))[0])
        except Exception as error:  # noqa: BLE001 - a tool's defect is its call's failure, no more
            _log.exception("tool %s failed in call %s", task.tool_name, task.tool_call_id)
            return Outcome(
                "fail", error_class="internal", error=f"the tool failed: {type(error).__name__}"
            )
        safe, mended = make_safe(output)
        if len(canonical(safe).encode()) > tool.spec.output_limit_bytes:
            problem = f"the output is larger than {tool.spec.output_limit_bytes} bytes"
            return Outcome("fail", error_class="tool_error", error=problem)
        return Outcome("succeed", output=safe, made_safe=mended)


def finish(db: Database, task: ClaimedTask, outcome: Outcome) -> None:
    """Store how a task ended, with its event; after the run's end on the row alone, marked late.

    Effects:
        tool_tasks, tool.result.
    """
    try:
        with db.transaction() as tx:
            _append_result(tx, task, outcome)
            if not store.end(tx, task, outcome):
                raise _Overtaken
    except RunClosed:
        store.keep_late(db, task, outcome)
    except _Overtaken:
        _log.info("result of call %s came too late", task.tool_call_id)


class _Overtaken(Exception):
    """Somebody else has ended the task; undo the event."""


def _append_result(tx: Transaction, task: ClaimedTask, outcome: Outcome) -> None:
    payload: dict[str, Any] = {
        "tool_call_id": task.tool_call_id,
        "tool_name": task.tool_name,
        "status": _STATUS[outcome.given],
    }
    if outcome.given == "succeed":
        payload["output"] = outcome.output
        if outcome.made_safe:
            payload["made_safe"] = True
    else:
        payload["error"] = outcome.error
    if task.origin.trace_id is not None:
        payload["trace_id"] = task.origin.trace_id
    log.append(tx, task.run_id, [NewEvent("tool.result", payload)], origin=task.origin)
