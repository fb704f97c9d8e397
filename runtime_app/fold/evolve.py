"""The fold: a run's state from its events, pure and total.

Deltas are never needed: a part counts when it has ended. A superseded attempt leaves nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event, NewEvent
from runtime_app.fold.attempts import begun, failed, left, superseded
from runtime_app.fold.known import check
from runtime_app.fold.state import Input, RunState, Step
from runtime_app.fold.state_codec import CONVERSATION
from runtime_app.frames.frame import user_text
from runtime_app.providers.provider import Message, ToolCall
from runtime_app.runs import client_tools
from runtime_app.runs.caps import Caps, Usage
from runtime_app.runs.status import RUN


def fold(state: RunState, events: Iterable[Event]) -> RunState:
    """`state` after `events`."""
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: RunState, event: Event) -> RunState:
    """`state` after one event; a type that means nothing to it only moves seq and time.

    Raises:
        LaterEvent: only a later release knows the event.
    """
    check(event)
    running = state.status == "running" and state.last_at is not None
    passed = event.occurred_at - state.last_at if running else timedelta()  # type: ignore[operator]
    state = replace(
        state,
        seq=event.seq,
        last_at=event.occurred_at,
        active=state.active + max(timedelta(), passed),
        heard=event.origin,
    )
    rule = _RULES.get(event.type)
    return state if rule is None else rule(state, event.payload)


def preview(state: RunState, events: Sequence[NewEvent]) -> RunState:
    """`state` as it will be once `events` are appended next: all of it but the time."""
    at = state.last_at or datetime.min.replace(tzinfo=UTC)
    return fold(
        state,
        (
            Event(state.seq + n, event.type, CATALOG[event.type].version, event.payload, at)
            for n, event in enumerate(events, start=1)
        ),
    )


def used(state: RunState, now: datetime) -> Usage:
    """The usage at `now`: what has been counted, and the time since the last event."""
    active = state.active
    if state.status == "running" and state.last_at is not None:
        active += max(timedelta(), now - state.last_at)
    return replace(state.usage, wall_clock_s=int(active.total_seconds()))


Payload = Mapping[str, Any]


def _accepted(state: RunState, payload: Payload) -> RunState:
    return replace(
        state,
        mode=payload["mode"],
        model=payload["model"],
        caps=Caps.from_json(payload["caps"]),
        tool_policy=payload.get("tool_policy"),
        client_tools=client_tools.read(payload.get("client_tools", ())),
        provider_policy=payload.get("provider_policy"),
        origin=state.heard,
    )


def _forked(state: RunState, payload: Payload) -> RunState:
    carried = CONVERSATION.read(payload["messages"])
    opened = payload["open"]
    return replace(state, messages=(*state.messages, *carried), turn=int(opened), turn_open=opened)


def _frame(state: RunState, payload: Payload) -> RunState:
    frame_type, body = payload["frame_type"], payload["payload"]
    state = replace(state, losses=0)
    if frame_type == "context":
        note = Message("system", "Context: " + canonical(body))
        if state.open_tools:
            return replace(state, notes=(*state.notes, note))
        return replace(state, messages=(*state.messages, note))
    if frame_type not in ("user_message", "complete"):
        return state
    text = user_text(body) if frame_type == "user_message" else ""
    item = Input(payload["frame_id"], frame_type, text, state.heard, state.last_at)
    return replace(state, inbox=(*state.inbox, item))


def _requested(state: RunState, payload: Payload) -> RunState:
    given = payload["input"]
    return replace(state, requested=ToolCall("", payload["tool_name"], given, canonical(given)))


def _started(state: RunState, _payload: Payload) -> RunState:
    return replace(_move(state, "start"), started=True)


def _turn_started(state: RunState, _payload: Payload) -> RunState:
    return _move(state, "resume") if state.status == "waiting_input" else state


def _message(state: RunState, payload: Payload) -> RunState:
    frame_id = payload["frame_id"]
    rest = tuple(item for item in state.inbox if item.frame_id != frame_id)
    taken = (item.origin for item in state.inbox if item.frame_id == frame_id)
    said = Message("user", payload["text"])
    return replace(
        state,
        inbox=rest,
        origin=next(taken, state.origin),
        messages=(*state.messages, said),
        turn=payload["turn"],
        turn_open=True,
        invalid_calls=(),
        loops_told=(),
        step=None if state.step is None else replace(state.step, finish_reason="answered"),
    )


def _turn_ended(state: RunState, _payload: Payload) -> RunState:
    return replace(_move(state, "await_input"), turn_open=False)


def _step_started(state: RunState, payload: Payload) -> RunState:
    number = payload["step"]
    step = begun(state.step, Step(number, payload["attempt"], began_at=state.last_at))
    return replace(state, step=step, usage=replace(state.usage, steps=number))


def _step_superseded(state: RunState, payload: Payload) -> RunState:
    return replace(state, step=superseded(_step(state), payload["step"], payload["attempt"]))


def _step_finished(state: RunState, payload: Payload) -> RunState:
    step = _step(state)
    said = Message("assistant", "\n\n".join(step.texts), step.calls)
    state = replace(
        state,
        step=replace(step, finished=True, finish_reason=payload["finish_reason"]),
        messages=(*state.messages, said),
        losses=0,
    )
    return _move(state, "await_tools") if state.open_tools else state


def _fell_back(state: RunState, payload: Payload) -> RunState:
    return replace(state, step=left(_step(state), payload))


def _call_started(state: RunState, _payload: Payload) -> RunState:
    usage = replace(state.usage, model_calls=state.usage.model_calls + 1)
    return replace(state, usage=usage, step=replace(_step(state), failure=None))


def _call_finished(state: RunState, payload: Payload) -> RunState:
    counted = payload["usage"]
    usage = replace(
        state.usage,
        input_tokens=state.usage.input_tokens + counted.get("input_tokens", 0),
        output_tokens=state.usage.output_tokens + counted.get("output_tokens", 0),
    )
    return replace(state, usage=usage)


def _call_failed(state: RunState, payload: Payload) -> RunState:
    return replace(state, step=failed(_step(state), payload))


def _shown(state: RunState, _payload: Payload) -> RunState:
    return replace(state, step=replace(_step(state), shown=True))


def _text_ended(state: RunState, payload: Payload) -> RunState:
    step = _step(state)
    return replace(state, step=replace(step, texts=(*step.texts, payload["text"])))


def _tool_call(state: RunState, payload: Payload) -> RunState:
    step, given = _step(state), payload["input"]
    arguments = given if isinstance(given, dict) else None
    raw = canonical(given) if arguments is not None else str(given)
    call = ToolCall(payload["tool_call_id"], payload["tool_name"], arguments, raw)
    return replace(
        state,
        step=replace(step, calls=(*step.calls, call), shown=True),
        open_tools=(*state.open_tools, call.id),
        requested=None,
        usage=replace(state.usage, tool_calls=state.usage.tool_calls + 1),
    )


def _tool_result(state: RunState, payload: Payload) -> RunState:
    call_id = payload["tool_call_id"]
    if call_id not in state.open_tools:
        return state
    succeeded = payload["status"] == "succeeded"
    text = canonical(payload["output"]) if succeeded else f"error: {payload.get('error', '')}"
    left = tuple(open_id for open_id in state.open_tools if open_id != call_id)
    state = replace(
        state,
        open_tools=left,
        messages=(*state.messages, Message("tool", text, tool_call_id=call_id)),
        losses=0,
    )
    if payload.get("invalid"):
        state = replace(state, invalid_calls=(*state.invalid_calls, call_id))
    if left:
        return state
    state = replace(state, messages=(*state.messages, *state.notes), notes=())
    return _move(state, "resume") if state.status == "waiting_tool" else state


def _looped(state: RunState, payload: Payload) -> RunState:
    return replace(state, loops_told=(*state.loops_told, payload["pattern"]))


def _lost(state: RunState, _payload: Payload) -> RunState:
    return replace(state, losses=state.losses + 1, lost=True)


def _resumed(state: RunState, _payload: Payload) -> RunState:
    return replace(state, lost=False)


def _cancel(state: RunState, payload: Payload) -> RunState:
    by = payload.get("interrupted_by")
    asked = _move(state, "request_cancel")
    return replace(asked, cancel_requested=True, interrupted_by=by, origin=state.heard)


def _finished(state: RunState, payload: Payload) -> RunState:
    return replace(state, status=payload["status"], ended=True, turn_open=False)


def _move(state: RunState, given: str) -> RunState:
    """The next status by the table; a run that is being cancelled moves nowhere but to its end."""
    if state.status == "canceling":
        return state
    return replace(state, status=RUN.next(state.status, given))


def _step(state: RunState) -> Step:
    assert state.step is not None, "the log has output before its first step"
    return state.step


_RULES: Mapping[str, Callable[[RunState, Payload], RunState]] = {
    "run.accepted": _accepted,
    "run.forked": _forked,
    "run.started": _started,
    "run.resumed": _resumed,
    "run.executor_lost": _lost,
    "run.cancel_requested": _cancel,
    "run.loop_detected": _looped,
    "run.finished": _finished,
    "frame.accepted": _frame,
    "message.user": _message,
    "turn.started": _turn_started,
    "turn.ended": _turn_ended,
    "step.started": _step_started,
    "step.superseded": _step_superseded,
    "step.finished": _step_finished,
    "provider.fallback": _fell_back,
    "model.call_started": _call_started,
    "model.call_finished": _call_finished,
    "model.call_failed": _call_failed,
    "text.started": _shown,
    "reasoning.started": _shown,
    "text.ended": _text_ended,
    "tool.requested": _requested,
    "tool.call": _tool_call,
    "tool.result": _tool_result,
}
