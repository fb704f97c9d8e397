"""How a run ends: the actions whose last event is `run.finished`, pure."""

from collections.abc import Iterable
from dataclasses import asdict

from runtime_app.events.event import Event, NewEvent
from runtime_app.executor import loops
from runtime_app.executor.actions import Action, Finish
from runtime_app.executor.loops import Loop
from runtime_app.executor.moment import Moment
from runtime_app.fold.evolve import used
from runtime_app.fold.predicates import broken, failure
from runtime_app.fold.state import RunState
from runtime_app.ids import decision_id
from runtime_app.runs.status import ReasonClass


def complete(state: RunState, moment: Moment) -> Action:
    """All is answered."""
    return Finish((_finished(state, moment, "completed", ReasonClass.COMPLETED, None),))


def cancel(state: RunState, moment: Moment) -> Action:
    """Somebody has asked for it."""
    by = state.interrupted_by
    reason = "cancelled by request" if by is None else f"interrupted by run {by}"
    end = _finished(state, moment, "canceled", ReasonClass.CANCELED_BY_USER, reason)
    return Finish((*_stopped(state, "the run was cancelled"), end))


def _stopped(state: RunState, error: str) -> tuple[NewEvent, ...]:
    return tuple(
        _canceled(call.id, call.name, error)
        for call in (() if state.step is None else state.step.calls)
        if call.id in state.open_tools
    )


def _canceled(call_id: str, tool_name: str, error: str) -> NewEvent:
    payload = {
        "tool_call_id": call_id,
        "tool_name": tool_name,
        "status": "canceled",
        "error": error,
    }
    return NewEvent("tool.result", payload)


def give_up(state: RunState, moment: Moment) -> Action:
    """Executors are lost over it again and again."""
    reason = f"the executor was lost {state.losses} times without progress"
    end = _finished(state, moment, "failed", ReasonClass.EXECUTOR_RECOVERY_EXHAUSTED, reason)
    return Finish((*_stopped(state, "the run was given up"), end))


def provider_failed(state: RunState, moment: Moment) -> Action:
    """No model answers."""
    failed = failure(state)
    assert failed is not None
    reason = f"the model call failed ({failed.kind}): {failed.message}"
    unavailable = ReasonClass.PROVIDER_UNAVAILABLE
    if not moment.no_hop:
        return _fail(state, moment, unavailable, reason)
    end = _finished(state, moment, "failed", unavailable, f"{reason}; {moment.no_hop}")
    told = NewEvent("run.finished", {**end.payload, "reason_code": moment.no_hop})
    assert state.step is not None
    denied = {
        "decision_id": decision_id(state.run_id, state.step.number, state.step.attempt),
        "about": "fallback",
        "decision": "denied",
        "reason_code": moment.no_hop,
    }
    return Finish((NewEvent("policy.decision", denied), told))


def cap(state: RunState, moment: Moment) -> Action:
    """A cap forbids the next model call."""
    breach = broken(state, moment.now)
    assert breach is not None
    told = NewEvent(
        "run.cap_exceeded", {"cap": breach.cap, "limit": breach.limit, "used": breach.used}
    )
    reason = f"the run has reached its cap: {breach.cap} {breach.used} of {breach.limit}"
    return Finish((told, _finished(state, moment, "failed", breach.reason_class, reason)))


def loop(state: RunState, moment: Moment) -> Action:
    """The turn goes round in circles."""
    found = loops.critical(state)
    assert found is not None
    reason = f"the run goes round in circles: {found.pattern} of {', '.join(found.tools)}"
    end = _finished(
        state, moment, "failed", ReasonClass.LOOP_DETECTED, f"{reason}, {found.times} times"
    )
    return Finish((loop_detected(state, "critical", found), end))


def loop_detected(state: RunState, level: str, found: Loop) -> NewEvent:
    """What the log says of a loop."""
    assert state.step is not None
    return NewEvent(
        "run.loop_detected",
        {
            "level": level,
            "pattern": found.pattern,
            "times": found.times,
            "tools": list(found.tools),
            "step": state.step.number,
        },
    )


def _fail(state: RunState, moment: Moment, reason_class: ReasonClass, reason: str) -> Action:
    return Finish((_finished(state, moment, "failed", reason_class, reason),))


def _finished(
    state: RunState, moment: Moment, status: str, reason_class: ReasonClass, reason: str | None
) -> NewEvent:
    payload = {
        "status": status,
        "reason_class": reason_class.value,
        "finish_reason": "error" if status == "failed" else finish_reason(state),
        "usage": asdict(used(state, moment.now)),
    }
    if reason is not None:
        payload["reason"] = reason
    if status == "canceled" and state.interrupted_by is not None:
        payload["interrupted_by"] = state.interrupted_by
    return NewEvent("run.finished", payload)


def broken_off(events: Iterable[Event], error: str) -> tuple[int, tuple[NewEvent, ...]]:
    """The end after a defect of ours, from the log alone: its fold may be what does not work.

    Returns:
        The seq up to which the log was seen, and what to append after it.
    """
    seq, called = 0, dict[str, str]()
    for event in events:
        seq = event.seq
        if event.type == "tool.call":
            called[event.payload["tool_call_id"]] = event.payload["tool_name"]
        elif event.type == "tool.result":
            called.pop(event.payload["tool_call_id"], None)
    payload = {
        "status": "failed",
        "reason_class": ReasonClass.INTERNAL_ERROR.value,
        "reason": f"the executor failed: {error}",
        "finish_reason": "error",
        "usage": {},
    }
    stopped = (_canceled(*call, "the executor failed") for call in called.items())
    return seq, (*stopped, NewEvent("run.finished", payload))


def finish_reason(state: RunState) -> str:
    """Why the last answer ended, in the words that stream clients know."""
    known = ("stop", "length", "content-filter", "tool-calls", "error", "other")
    reason = "" if state.step is None else state.step.finish_reason
    return reason if reason in known else "stop"
