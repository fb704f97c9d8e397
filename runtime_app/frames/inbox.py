"""Accept a frame: once, in order, and never again differently."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import stored_loads
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, FrameKnown, FramesHurried, Unprocessable
from runtime_app.events import log
from runtime_app.events.condition import Condition
from runtime_app.events.event import NewEvent, Origin
from runtime_app.frames.frame import Frame, check
from runtime_app.runs import client_calls
from runtime_app.runs.admission import AdmissionLimits, throttled
from runtime_app.runs.client_calls import ClientCall
from runtime_app.runs.lifecycle import mark_canceling, start_run
from runtime_app.runs.ownership import owned_locked
from runtime_app.runs.run import Run, RunDefaults, RunRequest
from runtime_app.security.principal import Principal
from runtime_app.security.request_mac import same_request

_SQL = beside(__file__)
#: What a new run cannot begin with: `accept` says what becomes of it.
_ANSWERED_ALONE = frozenset({"cancel", "tool_result"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer.

    Args:
        seq: of an event that the frame's effects follow or are.
        replayed: whether it was there before.
        at: the seq of the frame's own event; None where the same answer to a call stands under
            another id.
    """

    seq: int
    replayed: bool
    at: int | None


def accept(
    tx: Transaction,
    run_id: str,
    thread_id: str,
    caller: Principal,
    frame: Frame,
    origin: Origin,
    limits: AdmissionLimits,
) -> Accepted:
    """Store one frame of the caller's run and wake its executor, unless somebody holds the run.

    The head is locked first, so frames are numbered in the order in which they are accepted, and a
    holder cannot let go of the run without having seen this one.

    Raises:
        InvalidRequest, Unprocessable: the type or its payload; a `tool_result` for a call that
            the run's client was not asked for.
        NotFound, Forbidden: as `owned`.
        Conflict: the frame id stands for another input, or the run has ended; the call has been
            answered otherwise, or not in time.
        Throttled: `frames_per_run`; a frame that was accepted before and a `cancel` always pass.

    Effects:
        frames, frame.accepted; for a `cancel` frame also run.cancel_requested; for a `tool_result`
        tool.result and the end of the call's task. The same answer to a call again: nothing.
    """
    check(frame)
    run = owned_locked(tx, run_id, thread_id, caller)
    if run.closed:
        return _replayed(tx, run, frame)
    if run.mode == "tool" and frame.frame_type != "cancel":
        raise Unprocessable("the run is one tool call; it takes nothing but a cancel")
    answered: tuple[NewEvent, ...] = ()
    call = _answered_call(tx, run, frame)
    if call is not None and not call.open:
        return _answered_before(tx, run, frame, call)
    if call is not None:
        answered = (call.result(frame.payload),)
    try:
        appended = log.append(
            tx,
            run_id,
            [_event(frame), *answered],
            origin=origin,
            condition=_new(tx, run, frame, origin, limits.frames_per_s),
        )
    except FrameKnown:
        return _replayed(tx, run, frame)
    except FramesHurried as hurried:
        if _get(tx, run_id, frame.frame_id) is not None:
            return _replayed(tx, run, frame)
        message = f"the run has had {limits.frames_per_s} frames within a second"
        raise throttled("frames_per_run", message, retry_after_s=1) from hurried
    if call is not None:
        client_calls.end(tx, call, appended.events[-1])
    if frame.frame_type == "cancel" and not run.cancel_requested:
        mark_canceling(tx, run, frame.payload.get("reason"), origin)
    return Accepted(appended.seq, replayed=False, at=run.latest_seq + 1)


def start_with(
    tx: Transaction,
    request: RunRequest,
    frame: Frame,
    owner: Principal,
    defaults: RunDefaults,
    now: datetime,
    origin: Origin,
    limits: AdmissionLimits,
) -> tuple[str, Accepted]:
    """Start a run with its first frame, in one append; again: what `start_run` and `accept` do.

    Returns:
        The run's id, and the frame's answer.

    Raises:
        as `start_run` and `accept`.
    """
    check(frame)
    first = () if frame.frame_type in _ANSWERED_ALONE else (_event(frame),)
    started = start_run(tx, request, owner, defaults, now, origin, limits, first=first)
    run_id = started.run_id
    if started.replayed or not first:
        return run_id, accept(tx, run_id, request.thread_id, owner, frame, origin, limits)
    tx.execute(
        _SQL["insert_frame"], run_id=run_id, seq=started.latest_seq, **_row(tx, frame, origin)
    )
    return run_id, Accepted(started.latest_seq, replayed=False, at=started.latest_seq)


def _answered_call(tx: Transaction, run: Run, frame: Frame) -> ClientCall | None:
    """The call that a new `tool_result` answers; None for every other frame.

    Raises:
        Unprocessable: the run has not asked its client.
    """
    if frame.frame_type != "tool_result":
        return None
    call = client_calls.find(tx, run.run_id, frame.payload["tool_call_id"])
    if call is None and _get(tx, run.run_id, frame.frame_id) is None:
        message = "the run has not asked its client for this tool call"
        raise Unprocessable(message, [Detail("payload.tool_call_id", message)])
    return call


def _answered_before(tx: Transaction, run: Run, frame: Frame, call: ClientCall) -> Accepted:
    """What a `tool_result` for a call that has ended is answered with.

    Raises:
        Conflict: it is another answer than the one that was taken, or none was.
    """
    if _get(tx, run.run_id, frame.frame_id) is not None:
        return _replayed(tx, run, frame)
    answer = stored_loads(call.result(frame.payload).text(tx.sanitizer))
    if call.has_ended_with(answer):
        return Accepted(run.latest_seq, replayed=True, at=None)
    how = call.error if call.state == "failed" else f"the call has {call.state}"
    raise Conflict(
        f"tool call {call.tool_call_id!r} does not wait for an answer any more",
        [Detail("payload.tool_call_id", how or call.state)],
    )


def _event(frame: Frame) -> NewEvent:
    payload = {
        "frame_id": frame.frame_id,
        "frame_type": frame.frame_type,
        "payload": dict(frame.payload),
    }
    if frame.occurred_at is not None:
        payload["occurred_at"] = frame.occurred_at
    return NewEvent("frame.accepted", payload)


def _new(tx: Transaction, run: Run, frame: Frame, origin: Origin, most: int) -> Condition:
    """The condition that a frame is new and not hurried; it is stored with its event.

    Under the head's lock nobody else numbers an event, so the frame's seq is known before it.
    """
    hurried = None if frame.frame_type == "cancel" else most
    row = {**_row(tx, frame, origin), "frame_seq": run.latest_seq + 1, "most": hurried}
    return Condition(_SQL["append_frame"], row, {"known": FrameKnown, "hurried": FramesHurried})


def _row(tx: Transaction, frame: Frame, origin: Origin) -> dict[str, Any]:
    return {
        "frame_id": frame.frame_id,
        "frame_type": frame.frame_type,
        "request_mac": tx.sanitizer.keys.mac(frame.content.encode()),
        "sanitized_by": tx.sanitizer.stamp,
        "key_id": origin.key_id,
    }


def _get(tx: Transaction, run_id: str, frame_id: str) -> Any | None:
    return tx.one(_SQL["get_frame"], run_id=run_id, frame_id=frame_id)


def _replayed(tx: Transaction, run: Run, frame: Frame) -> Accepted:
    """The answer to the same frame as accepted before.

    Raises:
        Conflict: there is none (the run has ended), or it was another input.
    """
    known = _get(tx, run.run_id, frame.frame_id)
    if known is None:
        raise Conflict("the run has ended", [Detail("run_terminal", f"status {run.status}")])
    if not same_request(tx.sanitizer.keys, known.request_mac, frame.content):
        raise Conflict(
            f"frame {frame.frame_id!r} was accepted with another type or payload",
            [Detail("frame_id", "repeat the first frame as it was, or choose another id")],
        )
    return Accepted(known.seq, replayed=True, at=known.seq)
