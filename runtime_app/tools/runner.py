"""One tool task from claim to result."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from runtime_app.artifacts.store import ArtifactStore
from runtime_app.backoff import exponential_s
from runtime_app.canonical import make_safe
from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.errors import RunClosed, Unavailable
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.observability import current, spans
from runtime_app.resilience.fetch_guard import FetchGuard
from runtime_app.tools import rates, store, way_out
from runtime_app.tools.cell import Cell, Line, Said
from runtime_app.tools.context import ToolContext
from runtime_app.tools.output import kept
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool, ToolError
from runtime_app.tools.status import ENDS
from runtime_app.tools.task import ClaimedTask, Outcome
from runtime_app.tools.watch import Stopped, Watch, WatchPolicy

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
#: What comes of a copy of a message.
NOT_CLAIMED = "not claimed"


@dataclass(frozen=True, slots=True)
class ToolRunner:
    """Executes tool tasks, each in a cell of its own, watched by the calling thread.

    Args:
        worker: a name for this process, stored with the claim.
        fetches: lets calls of tools out that ask other machines; without it they just go.
        artifacts: where outputs go that are too large for the log; without it they fail the call.
    """

    db: Database
    registry: Registry
    clock: Clock
    worker: str
    code_version: str = ""
    artifacts: ArtifactStore | None = None
    policy: WatchPolicy = field(default_factory=WatchPolicy)
    fetches: FetchGuard | None = None

    def execute(self, tool_call_id: str) -> str:
        """Claim a task, run its tool, store the result with its event.

        Waits for the database where it is away, before and after: a drain and the message's time
        limit end that with the process.

        Returns:
            The task's state, or `not claimed` when there was nothing to do: a copy of the message,
            a run that is to end, a tool that only others have.

        Effects:
            tool_tasks, tool.progress, tool.result (wakes a step).
        """
        token = uuid4().hex

        def claim() -> tuple[ClaimedTask | None, float]:
            since_s = self.clock.monotonic()
            names = self.registry.names
            return store.claim(
                self.db, tool_call_id, self.worker, self.code_version, names=names, token=token
            ), since_s

        task, since_s = _answered(claim, f"the claim of call {tool_call_id}")
        if task is None:
            return NOT_CLAIMED
        with current.scope(run_id=task.run_id, tool_call_id=tool_call_id):
            return self._perform(task, since_s + task.timeout_s)

    def _perform(self, task: ClaimedTask, deadline_s: float) -> str:
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
            outcome = self._run(task, deadline_s)
            status = ENDS[outcome.given]
            span.put("oa.outcome", status)
            self._finish(task, outcome)
        return status

    def _run(self, task: ClaimedTask, deadline_s: float) -> Outcome:
        tool = self.registry.get(task.tool_name)
        assert tool is not None, "what was claimed is in the registry"
        rate = tool.spec.rate
        if rate is not None:
            wait_s = _answered(partial(rates.taken, self.db, rate), f"call {task.tool_call_id}")
            if wait_s is not None:
                return _failed("tool_error", f"it is called too often; try again in {wait_s:.0f} s")
        try:
            enter = partial(way_out.enter, self.fetches, tool, task)
            fetch = _answered(enter, f"call {task.tool_call_id}")
        except ToolError as refused:
            return _failed("tool_error", str(refused))
        context = ToolContext(
            task.tool_call_id,
            self.clock.now(),
            deadline_s,
            task.attempt,
            task.run_id,
            task.origin.headers,
        )
        watch = Watch(self.db, self.clock, self.policy, task, deadline_s)
        work = partial(_call, tool, task.arguments, context)
        with Cell.begin(work, tool.spec.memory_bytes) as cell:
            ended = watch.until_end(cell)
        way_out.leave(fetch, tool, task, ended)
        return self._outcome(tool, task, ended)

    def _outcome(self, tool: Tool, task: ClaimedTask, ended: Said | Stopped) -> Outcome:
        if isinstance(ended, Stopped):
            return _STOPPED[ended.given](task)
        if ended.kind == "returned":
            problem = self.registry.output_problem(task.tool_name, ended.value)
            if problem is not None:
                return _failed(
                    "tool_error", f"the tool's output is not what it promises: {problem}"
                )
            output = self.db.sanitizer.value(ended.value)
            limit_bytes = tool.spec.output_limit_bytes
            return kept(output, ended.made_safe, limit_bytes, task.run_id, self.artifacts)
        if ended.kind == "canceled":
            return _STOPPED["cancel"](task)
        if ended.kind == "refused":
            return _failed("tool_error", make_safe(ended.value)[0])
        return _failed("internal", f"the tool failed: {ended.value}")

    def _finish(self, task: ClaimedTask, outcome: Outcome) -> None:
        """`finish`, with signs of life, until this or a sweep has ended the call."""

        def offer() -> None:
            try:
                finish(self.db, task, outcome)
            except Unavailable:
                with suppress(Unavailable):
                    store.beat(self.db, task)
                raise

        _answered(offer, f"the result of call {task.tool_call_id}")


def _answered(ask: Callable[[], Answer], what: str) -> Answer:
    """What the database answers, asked again and again while it is away."""
    for attempt in count():
        try:
            return ask()
        except Unavailable as error:
            _log.warning("%s waits: %s", what, error)
        time.sleep(exponential_s(attempt, base_s=0.1, cap_s=2))
    raise AssertionError("there is always another try")


def _call(tool: Tool, arguments: Mapping[str, Any], context: ToolContext, line: Line) -> Any:
    """What happens in the cell."""
    return tool.adapter(arguments, replace(context, say=line.say, asked_to_stop=line.asked_to_stop))


def _failed(error_class: str, error: str) -> Outcome:
    return Outcome("fail", error_class=error_class, error=error)


_STOPPED: Mapping[str, Callable[[ClaimedTask], Outcome]] = {
    "time_out": lambda task: Outcome(
        "time_out",
        error_class="timeout",
        error=f"the tool did not answer within {task.timeout_s:g} s",
    ),
    "cancel": lambda _task: Outcome(
        "cancel", error_class="canceled", error="the call was canceled"
    ),
}


def finish(db: Database, task: ClaimedTask, outcome: Outcome) -> None:
    """Store how a task ended, with its event.

    After the run's end, or that of the call (given up by a sweep), a result is kept on the row
    alone, marked late.

    Effects:
        tool_tasks, tool.result.
    """
    try:
        with db.transaction() as tx:
            _append_result(tx, task, outcome)
            if not store.end(tx, task, outcome):
                raise _Overtaken
    except (RunClosed, _Overtaken):
        _log.info("result of call %s came too late", task.tool_call_id)
        store.keep_late(db, task, outcome)


class _Overtaken(Exception):
    """Somebody else has ended the task; undo the event."""


def _append_result(tx: Transaction, task: ClaimedTask, outcome: Outcome) -> None:
    payload: dict[str, Any] = {
        "tool_call_id": task.tool_call_id,
        "tool_name": task.tool_name,
        "status": ENDS[outcome.given],
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
