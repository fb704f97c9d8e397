"""Do an ended run's work again in a run of its own: the one that ended is never reopened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, NotFound
from runtime_app.events import log
from runtime_app.events.event import Event, Origin
from runtime_app.forks.fork import ForkRequest, fork
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.runs import lifecycle, store
from runtime_app.runs.admission import AdmissionLimits
from runtime_app.runs.run import RunDefaults


@dataclass(frozen=True, slots=True)
class Left:
    """What a run has left undone.

    Args:
        at: the seq at which its last turn had ended, or its first event where none has.
        frames: of what was accepted after that, contexts and unanswered messages, in order.
        asks: whether a message is unanswered, accepted after that or before.
    """

    at: int
    frames: tuple[Frame, ...]
    asks: bool


def begin_again(
    tx: Transaction,
    run_id: str,
    defaults: RunDefaults,
    now: datetime,
    origin: Origin,
    limits: AdmissionLimits,
) -> lifecycle.Started:
    """Fork a run that has ended where its last turn had, and give the fork what was left undone.

    So it has the conversation of the turns that were answered, and the contexts and the messages of
    those that were not, as frames of the same ids. It takes its turn on the thread as any run does.

    Raises:
        NotFound: there is no such run.
        Conflict: it has not ended, or has answered all that it was asked.
        Throttled: as `start_run`.

    Effects:
        as `fork`; frames, frame.accepted.
    """
    ended = store.lock(tx, run_id)
    if ended is None:
        raise NotFound(f"there is no run {run_id!r}")
    if not ended.closed:
        remedy = f"wait for its end, or end it with `oa-runtime runs cancel {run_id}`"
        raise Conflict(f"run {run_id} goes on", [Detail("run_id", remedy)])
    undone = left(log.read_for_fold(tx, run_id))
    if not undone.asks:
        remedy = f"ask anew on thread {ended.thread_id}, or let it be: `oa-runtime quarantine drop`"
        raise Conflict(f"run {run_id} has answered all it was asked", [Detail("run_id", remedy)])
    started = fork(tx, run_id, ForkRequest(at=undone.at), defaults, now, origin, limits)
    patient = replace(limits, frames_per_s=2 * limits.frames_per_s + len(undone.frames))
    for frame in undone.frames:
        inbox.accept(tx, started.run_id, ended.thread_id, ended.owner, frame, origin, patient)
    return started


def left(events: Iterable[Event]) -> Left:
    """What a log has left undone; nothing is asked of one that has completed."""
    at = 1
    waiting = dict[str, int]()
    frames = dict[int, Frame]()
    opened: list[str] = []
    for event in events:
        told: Mapping[str, Any] = event.payload
        match event.type:
            case "frame.accepted" if told["frame_type"] in ("context", "user_message"):
                frames[event.seq] = Frame(told["frame_id"], told["frame_type"], told["payload"])
                if told["frame_type"] == "user_message":
                    waiting[told["frame_id"]] = event.seq
            case "message.user":
                opened.append(told["frame_id"])
            case "turn.ended":
                at = event.seq
                for frame_id in opened:
                    waiting.pop(frame_id, None)
                opened = []
            case "run.finished" if told["status"] == "completed":
                waiting = {}
    after = tuple(
        frame
        for seq, frame in frames.items()
        if seq > at and (frame.frame_type == "context" or frame.frame_id in waiting)
    )
    return Left(at, after, bool(waiting))
