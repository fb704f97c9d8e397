"""What to do next with a run: an ordered table of rules, the first that holds wins.

Pure: state, time and release come in, an action goes out.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from runtime_app.backoff import exponential_s
from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Action, Append, Finish, Infer, Park
from runtime_app.executor.evolve import used
from runtime_app.executor.state import Failure, Input, RunState
from runtime_app.ids import message_id
from runtime_app.runs.caps import Breach, breach
from runtime_app.runs.status import ReasonClass

MAX_LOSSES = 3
MAX_MODEL_TRIES = 3
MAX_RETRY_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which release a decision is made."""

    now: datetime
    code_version: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`then` is what happens when `when` holds and no rule above did."""

    name: str
    when: Callable[[RunState, Moment], bool]
    then: Callable[[RunState, Moment], Action]


def decide(state: RunState, moment: Moment) -> Action:
    """The next action; every state has exactly one."""
    return next(rule for rule in RULES if rule.when(state, moment)).then(state, moment)


# -- conditions -----------------------------------------------------------------------------------


def _failure(state: RunState) -> Failure | None:
    return None if state.step is None else state.step.failure


def _may_retry(state: RunState) -> bool:
    step, failure = state.step, _failure(state)
    return (
        step is not None
        and failure is not None
        and failure.retryable
        and not step.shown
        and step.failures < MAX_MODEL_TRIES
    )


def _torn(state: RunState) -> bool:
    return state.step is not None and not state.step.finished and state.step.failure is None


def _wants_step(state: RunState) -> bool:
    """Whether the open turn needs another model call."""
    if not state.turn_open or state.step is None:
        return state.turn_open
    step = state.step
    return bool(step.calls) or step.finish_reason in ("superseded", "answered")


def _answered(state: RunState) -> bool:
    return state.turn_open and not _wants_step(state)


def _next_input(state: RunState) -> Input | None:
    return state.inbox[0] if state.inbox else None


def _next_is(state: RunState, frame_type: str) -> bool:
    item = _next_input(state)
    return item is not None and item.frame_type == frame_type


def _wants_model(state: RunState) -> bool:
    return _wants_step(state) or (not state.turn_open and _next_is(state, "user_message"))


def _broken(state: RunState, moment: Moment) -> Breach | None:
    """The cap that forbids the next model call; a step that is taken again is no new step."""
    step = state.step
    again = step is not None and (step.failure is not None or step.finish_reason == "superseded")
    return breach(used(state, moment.now), state.caps, new_step=not again)


def _over(state: RunState) -> bool:
    """Whether an answered turn is the run's last."""
    return _next_is(state, "complete") or (state.mode == "turn" and not state.inbox)


# -- actions --------------------------------------------------------------------------------------


def _park(why: str) -> Callable[[RunState, Moment], Action]:
    return lambda _state, _moment: Park(why)


def _resume(state: RunState, moment: Moment) -> Action:
    payload = {"losses": state.losses, "code_version": moment.code_version}
    return Append((NewEvent("run.resumed", payload),))


def _supersede(state: RunState, _moment: Moment) -> Action:
    step = state.step
    assert step is not None
    payload: dict[str, Any] = {
        "step": step.number,
        "attempt": step.attempt,
        "shown": step.shown,
    }
    if step.shown:
        payload["message_id"] = message_id(state.run_id, state.turn, (step.number, step.attempt))
    return Append((NewEvent("step.superseded", payload),))


def _retry(state: RunState, _moment: Moment) -> Action:
    step, failure = state.step, _failure(state)
    assert step is not None
    assert failure is not None
    wait_s = exponential_s(step.failures - 1, base_s=0.25, cap_s=MAX_RETRY_WAIT_S)
    if failure.retry_after_s is not None:
        wait_s = min(failure.retry_after_s, MAX_RETRY_WAIT_S)
    call = _call(state, step.number, step.attempt)
    return Infer((call,), step.number, step.attempt, wait_s)


def _infer(state: RunState, moment: Moment) -> Action:
    previous = state.step
    again = previous is not None and previous.finish_reason == "superseded"
    number = 1 if previous is None else previous.number + (0 if again else 1)
    attempt = previous.attempt + 1 if again and previous is not None else 1
    opening = () if state.turn_open else _open_turn(state, moment)
    turn = state.turn if state.turn_open else state.turn + 1
    started = NewEvent(
        "step.started",
        {"step": number, "attempt": attempt, "turn": turn, "code_version": moment.code_version},
    )
    return Infer((*opening, started, _call(state, number, attempt)), number, attempt)


def _open_turn(state: RunState, moment: Moment) -> tuple[NewEvent, ...]:
    item = state.inbox[0]
    turn = state.turn + 1
    shown_as = message_id(state.run_id, turn)
    said = NewEvent("message.user", {"frame_id": item.frame_id, "turn": turn, "text": item.text})
    if state.started:
        return NewEvent("turn.started", {"turn": turn, "message_id": shown_as}), said
    payload = {"message_id": shown_as, "code_version": moment.code_version}
    return NewEvent("run.started", payload), said


def _call(state: RunState, number: int, attempt: int) -> NewEvent:
    payload = {"step": number, "attempt": attempt, "model": state.model}
    return NewEvent("model.call_started", payload)


def _end_turn(state: RunState, moment: Moment) -> Action:
    payload = {
        "turn": state.turn,
        "finish_reason": _finish_reason(state),
        "usage": asdict(used(state, moment.now)),
    }
    return Append((NewEvent("turn.ended", payload),))


def _complete(state: RunState, moment: Moment) -> Action:
    return Finish((_finished(state, moment, "completed", ReasonClass.COMPLETED, None),))


def _cancel(state: RunState, moment: Moment) -> Action:
    by = state.interrupted_by
    reason = "cancelled by request" if by is None else f"interrupted by run {by}"
    end = _finished(state, moment, "canceled", ReasonClass.CANCELED_BY_USER, reason)
    return Finish((*_stopped(state, "the run was cancelled"), end))


def _stopped(state: RunState, error: str) -> tuple[NewEvent, ...]:
    return tuple(
        NewEvent(
            "tool.result",
            {
                "tool_call_id": call.id,
                "tool_name": call.name,
                "status": "canceled",
                "error": error,
            },
        )
        for call in (() if state.step is None else state.step.calls)
        if call.id in state.open_tools
    )


def _give_up(state: RunState, moment: Moment) -> Action:
    reason = f"the executor was lost {state.losses} times without progress"
    end = _finished(state, moment, "failed", ReasonClass.EXECUTOR_RECOVERY_EXHAUSTED, reason)
    return Finish((*_stopped(state, "the run was given up"), end))


def _provider_failed(state: RunState, moment: Moment) -> Action:
    failure = _failure(state)
    assert failure is not None
    reason = f"the model call failed ({failure.kind}): {failure.message}"
    return _fail(state, moment, ReasonClass.PROVIDER_UNAVAILABLE, reason)


def _cap(state: RunState, moment: Moment) -> Action:
    broken = _broken(state, moment)
    assert broken is not None
    told = NewEvent(
        "run.cap_exceeded", {"cap": broken.cap, "limit": broken.limit, "used": broken.used}
    )
    reason = f"the run has reached its cap: {broken.cap} {broken.used} of {broken.limit}"
    return Finish((told, _finished(state, moment, "failed", broken.reason_class, reason)))


def _fail(state: RunState, moment: Moment, reason_class: ReasonClass, reason: str) -> Action:
    return Finish((_finished(state, moment, "failed", reason_class, reason),))


def _finished(
    state: RunState, moment: Moment, status: str, reason_class: ReasonClass, reason: str | None
) -> NewEvent:
    payload = {
        "status": status,
        "reason_class": reason_class.value,
        "finish_reason": "error" if status == "failed" else _finish_reason(state),
        "usage": asdict(used(state, moment.now)),
    }
    if reason is not None:
        payload["reason"] = reason
    if status == "canceled" and state.interrupted_by is not None:
        payload["interrupted_by"] = state.interrupted_by
    return NewEvent("run.finished", payload)


def _finish_reason(state: RunState) -> str:
    known = ("stop", "length", "content-filter", "tool-calls", "error", "other")
    reason = "" if state.step is None else state.step.finish_reason
    return reason if reason in known else "stop"


RULES = (
    Rule("the run has ended", lambda s, m: s.ended, _park("ended")),
    Rule("cancel requested", lambda s, m: s.cancel_requested, _cancel),
    Rule("lost too often", lambda s, m: s.losses >= MAX_LOSSES, _give_up),
    Rule("taken over", lambda s, m: s.lost, _resume),
    Rule("step was torn", lambda s, m: _torn(s), _supersede),
    Rule("tools are open", lambda s, m: bool(s.open_tools), _park("tools")),
    Rule(
        "a cap is reached",
        lambda s, m: (_wants_model(s) or _may_retry(s)) and _broken(s, m) is not None,
        _cap,
    ),
    Rule("model call may be tried again", lambda s, m: _may_retry(s), _retry),
    Rule("model call failed", lambda s, m: _failure(s) is not None, _provider_failed),
    Rule("the turn wants a step", lambda s, m: _wants_step(s), _infer),
    Rule("the last turn is answered", lambda s, m: _answered(s) and _over(s), _complete),
    Rule("the turn is answered", lambda s, m: _answered(s), _end_turn),
    Rule("completion is asked for", lambda s, m: _next_is(s, "complete"), _complete),
    Rule("a message waits", lambda s, m: _next_is(s, "user_message"), _infer),
    Rule("nothing to do", lambda s, m: True, _park("input")),
)
