"""What to do next with a run: an ordered table of rules, the first that holds wins.

Pure: state, time and release come in, an action goes out.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from runtime_app.events.event import NewEvent
from runtime_app.executor import loops
from runtime_app.executor.actions import Action, Append, Call, Infer, Park
from runtime_app.executor.endings import (
    cancel,
    cap,
    complete,
    finish_reason,
    give_up,
    loop,
    loop_detected,
    provider_failed,
)
from runtime_app.executor.fallback import hop, may_hop
from runtime_app.executor.moment import Moment
from runtime_app.executor.retries import may_retry, wait_s
from runtime_app.fold.evolve import used
from runtime_app.fold.predicates import (
    answered,
    broken,
    called,
    failure,
    next_is,
    over,
    ran_out,
    torn,
    wants_model,
    wants_step,
)
from runtime_app.fold.state import RunState
from runtime_app.ids import message_id

MAX_LOSSES = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """`then` is what happens when `when` holds and no rule above did."""

    name: str
    when: Callable[[RunState, Moment], bool]
    then: Callable[[RunState, Moment], Action]


def decide(state: RunState, moment: Moment) -> Action:
    """The next action; every state has exactly one."""
    return next(rule for rule in RULES if rule.when(state, moment)).then(state, moment)


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
    step = state.step
    assert step is not None
    call = _call(state, step.number, step.attempt, step.model)
    return Infer((call,), step.number, step.attempt, wait_s(state), step.model)


def _warn(state: RunState, _moment: Moment) -> Action:
    found = loops.warning(state)
    assert found is not None
    return Append((loop_detected(state, "warning", found),))


def _infer(state: RunState, moment: Moment) -> Action:
    previous = state.step
    again = previous is not None and previous.finish_reason == "superseded"
    number = 1 if previous is None else previous.number + (0 if again else 1)
    attempt = previous.attempt + 1 if again and previous is not None else 1
    opening = _opening(state, moment)
    turn = state.turn if state.turn_open else state.turn + 1
    started = NewEvent(
        "step.started",
        {"step": number, "attempt": attempt, "turn": turn, "code_version": moment.code_version},
    )
    model = previous.model if again and previous is not None else ""
    called = _call(state, number, attempt, model)
    return Infer((*opening, started, called), number, attempt, model=model)


def _opening(state: RunState, moment: Moment) -> tuple[NewEvent, ...]:
    """What comes before a step: the turn's beginning, unless it has begun."""
    if state.turn_open:  # a fork may begin in the middle of one
        return () if state.started else (_started(state, state.turn, moment),)
    item, turn = state.inbox[0], state.turn + 1
    said = NewEvent("message.user", {"frame_id": item.frame_id, "turn": turn, "text": item.text})
    if state.started:
        shown_as = message_id(state.run_id, turn)
        return NewEvent("turn.started", {"turn": turn, "message_id": shown_as}), said
    return _started(state, turn, moment), said


def _started(state: RunState, turn: int, moment: Moment) -> NewEvent:
    shown_as = message_id(state.run_id, turn)
    return NewEvent("run.started", {"message_id": shown_as, "code_version": moment.code_version})


def _call(state: RunState, number: int, attempt: int, model: str) -> NewEvent:
    payload = {"step": number, "attempt": attempt, "model": model or state.model}
    return NewEvent("model.call_started", payload)


def _call_tool(state: RunState, moment: Moment) -> Action:
    assert state.requested is not None
    began = {"step": 1, "attempt": 1, "turn": 1, "code_version": moment.code_version}
    events = (_started(state, 1, moment), NewEvent("step.started", began))
    return Call(events, 1, state.requested)


def _end_turn(state: RunState, moment: Moment) -> Action:
    payload = {
        "turn": state.turn,
        "finish_reason": finish_reason(state),
        "usage": asdict(used(state, moment.now)),
    }
    return Append((NewEvent("turn.ended", payload),))


RULES = (
    Rule("the run has ended", lambda s, m: s.ended, _park("ended")),
    Rule("cancel requested", lambda s, m: s.cancel_requested, cancel),
    Rule("lost too often", lambda s, m: s.losses >= MAX_LOSSES, give_up),
    Rule("taken over", lambda s, m: s.lost, _resume),
    Rule("step was torn", lambda s, m: torn(s), _supersede),
    Rule("tools are open", lambda s, m: bool(s.open_tools), _park("tools")),
    Rule(
        "a cap is reached",
        lambda s, m: (
            (wants_model(s) or may_retry(s) or may_hop(s, m) or ran_out(s))
            and broken(s, m.now) is not None
        ),
        cap,
    ),
    Rule(
        "the turn goes round in circles",
        lambda s, m: wants_step(s) and loops.critical(s) is not None,
        loop,
    ),
    Rule(
        "the turn begins to repeat itself",
        lambda s, m: wants_step(s) and loops.warning(s) is not None,
        _warn,
    ),
    Rule("model call may be tried again", lambda s, m: may_retry(s), _retry),
    Rule("another provider may answer", lambda s, m: may_hop(s, m), hop),
    Rule("model call failed", lambda s, m: failure(s) is not None, provider_failed),
    Rule("the turn wants a step", lambda s, m: wants_step(s), _infer),
    Rule("the last turn is answered", lambda s, m: answered(s) and over(s), complete),
    Rule("the turn is answered", lambda s, m: answered(s), _end_turn),
    Rule("completion is asked for", lambda s, m: next_is(s, "complete"), complete),
    Rule("a message waits", lambda s, m: next_is(s, "user_message"), _infer),
    Rule("a tool call is requested", lambda s, m: s.requested is not None, _call_tool),
    Rule("the requested call is answered", lambda s, m: called(s), complete),
    Rule("nothing to do", lambda s, m: True, _park("input")),
)
