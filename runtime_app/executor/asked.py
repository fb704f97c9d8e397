"""The tool calls of a step: each as an event, with its task or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import make_safe
from runtime_app.db.database import Database
from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Call
from runtime_app.executor.call import traced
from runtime_app.fold.state import RunState
from runtime_app.ids import tool_call_id
from runtime_app.providers.provider import ToolCall
from runtime_app.runs import client_tools
from runtime_app.runs.admission import TaskLimits
from runtime_app.tools.admission import Room
from runtime_app.tools.registry import Registry
from runtime_app.tools.task import NewTask


@dataclass(frozen=True, slots=True)
class Asked:
    """A tool call: its event, and its task or the reason why there is none."""

    event: NewEvent
    task: NewTask | None
    refusal: NewEvent | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes calls of what models, or callers, ask for.

    Args:
        limits: how many tool tasks may be open.
    """

    db: Database
    registry: Registry
    limits: TaskLimits

    def ask(self, state: RunState, step: int, calls: Sequence[ToolCall]) -> list[Asked]:
        """What to store of the calls of a step, in their order; nothing is stored yet."""
        if not calls:
            return []
        room = Room.of(self.db, state.run_id, self.limits)
        return [self._asked(state, step, n, call, room) for n, call in enumerate(calls)]

    def alone(self, state: RunState, action: Call) -> tuple[Sequence[NewEvent], NewTask | None]:
        """The events of a step that is one call, after its beginning, and the call's task."""
        [asked] = self.ask(state, action.step, [action.call])
        closing = {"step": action.step, "attempt": 1, "finish_reason": "tool-calls"}
        events = [asked.event, NewEvent("step.finished", closing)]
        return [*events, *([asked.refusal] if asked.refusal else [])], asked.task

    def _asked(
        self, state: RunState, step: int, ordinal: int, asked: ToolCall, room: Room
    ) -> Asked:
        """A tool call as event and task; one that cannot be made is answered at once.

        The arguments are checked, named and handed to the tool as they are stored.
        """
        sanitizer = self.db.sanitizer
        name = sanitizer.text(make_safe(asked.name)[0])
        raw = asked.raw if asked.arguments is None else dict(asked.arguments)
        safe, mended = make_safe(raw)
        given = sanitizer.value(safe)
        arguments = given if isinstance(given, dict) else None
        call_id = tool_call_id(state.run_id, step, ordinal, name, arguments or {})
        payload: dict[str, Any] = {
            "tool_call_id": call_id,
            "tool_name": name,
            "input": given,
            "step": step,
            **traced(state.origin),
        }
        if mended:
            payload["made_safe"] = True
        problem = self._problem(state, name, arguments)
        invalid = problem is not None
        if problem is None and state.usage.tool_calls + ordinal >= state.caps.tool_calls:
            problem = f"the run has used its {state.caps.tool_calls} tool calls"
        if problem is None:
            problem = room.refusal()
        if problem is None:
            assert arguments is not None
            by_client = client_tools.named(state.client_tools, name)
            if by_client is not None:
                payload |= {"client": True, "timeout_s": by_client.timeout_s}
            task = NewTask(
                call_id,
                state.run_id,
                name,
                arguments,
                self._timeout_s(name) if by_client is None else by_client.timeout_s,
                state.origin,
                client=by_client is not None,
            )
            return Asked(NewEvent("tool.call", payload), task, None)
        refusal: dict[str, Any] = {
            "tool_call_id": call_id,
            "tool_name": name,
            "status": "failed",
            "error": problem,
            **traced(state.origin),
        }
        if invalid:
            refusal["invalid"] = True
        return Asked(NewEvent("tool.call", payload), None, NewEvent("tool.result", refusal))

    def _problem(
        self, state: RunState, name: str, arguments: Mapping[str, Any] | None
    ) -> str | None:
        by_client = client_tools.named(state.client_tools, name)
        if by_client is not None:
            return client_tools.problem(by_client, arguments)
        beside = [tool.name for tool in state.client_tools]
        return self.registry.problem(name, arguments, state.tool_policy, beside)

    def _timeout_s(self, name: str) -> float:
        tool = self.registry.get(name)
        assert tool is not None
        return tool.spec.timeout_s
