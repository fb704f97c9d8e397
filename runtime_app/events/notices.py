"""Which events are told to outsiders as notices, and what each says: pure.

A notice says that something has happened, and nothing of what was said: ids, a seq, a status, a
time.
"""

from collections.abc import Callable, Mapping
from typing import Any

from runtime_app.events.event import Event

#: Of an event and the status that its run has after it: type and status, or None.
_Rule = Callable[[Mapping[str, Any], str | None], tuple[str, str] | None]


def _always(notice: str, status: str) -> _Rule:
    return lambda _payload, _status: (notice, status)


def _waits_for_tools(_payload: Mapping[str, Any], status: str | None) -> tuple[str, str] | None:
    return ("run.waiting", "waiting_tool") if status == "waiting_tool" else None


def _called(payload: Mapping[str, Any], _status: str | None) -> tuple[str, str]:
    return "tool.called", "running" if payload.get("client") else "queued"


_RULES: Mapping[str, _Rule] = {
    "run.accepted": _always("run.accepted", "accepted"),
    "run.started": _always("run.started", "running"),
    "step.finished": _waits_for_tools,
    "turn.ended": _always("run.waiting", "waiting_input"),
    "run.cancel_requested": _always("run.canceling", "canceling"),
    "run.finished": lambda payload, _status: ("run.ended", payload["status"]),
    "tool.call": _called,
    "tool.result": lambda payload, _status: ("tool.ended", payload["status"]),
}
#: The types, and what each tells.
NOTICES: Mapping[str, str] = {
    "run.accepted": "A run was started.",
    "run.started": "It is at work for the first time.",
    "run.waiting": "It waits: `waiting_tool`, or `waiting_input` between two turns of a session.",
    "run.canceling": "Its cancellation was asked for.",
    "run.ended": "It has ended: `completed`, `failed` or `canceled`.",
    "tool.called": "A tool was called: `queued`, or `running` where the run's client answers.",
    "tool.ended": "A call has its result: `succeeded`, `failed`, `timed_out` or `canceled`.",
}


def notice_of(event: Event, status: str | None) -> tuple[str, str] | None:
    """The type and the status that an event is told with; None for one that is not told.

    Args:
        status: the run's after it, or None when the event leaves it.
    """
    rule = _RULES.get(event.type)
    return None if rule is None else rule(event.payload, status)
