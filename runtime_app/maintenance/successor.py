"""Do an ended run's work again in a run of its own: the one that ended is never reopened."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, NotFound
from runtime_app.events import log
from runtime_app.events.event import Event, Origin
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.maintenance.quarantine import SQL
from runtime_app.runs import lifecycle, store
from runtime_app.runs.admission import AdmissionLimits
from runtime_app.runs.run import RunDefaults, RunRequest


def begin_again(
    tx: Transaction,
    run_id: str,
    defaults: RunDefaults,
    now: datetime,
    origin: Origin,
    limits: AdmissionLimits,
) -> lifecycle.Started:
    """Start a run like the one that has ended, and give it what that one has not answered.

    Of the same owner, thread, autopilot, mode, model and tools, with caps no higher than today's.
    It gets the contexts and the messages of turns that did not end, as frames of the same ids, and
    takes its turn on the thread as any run does.

    Raises:
        NotFound: there is no such run.
        Conflict: it has not ended, or has answered all that it was asked.
        Throttled: as `start_run`.

    Effects:
        as `start_run`; frames, frame.accepted.
    """
    ended = store.lock(tx, run_id)
    if ended is None:
        raise NotFound(f"there is no run {run_id!r}")
    if not ended.closed:
        remedy = f"wait for its end, or end it with `oa-runtime runs cancel {run_id}`"
        raise Conflict(f"run {run_id} goes on", [Detail("run_id", remedy)])
    events = list(log.read_for_fold(tx, run_id))
    frames = unanswered(events)
    if not any(frame.frame_type == "user_message" for frame in frames):
        remedy = f"ask anew on thread {ended.thread_id}, or let it be: `oa-runtime quarantine drop`"
        raise Conflict(f"run {run_id} has answered all it was asked", [Detail("run_id", remedy)])
    row = tx.one(SQL["get_autopilot"], run_id=run_id)
    assert row is not None
    accepted = events[0].payload
    request = RunRequest(
        run_id=None,
        thread_id=ended.thread_id,
        mode=ended.mode,
        model=ended.model,
        caps=asdict(ended.caps),
        autopilot_id=row.autopilot_id,
        tool_policy=accepted.get("tool_policy"),
        provider_policy=accepted.get("provider_policy"),
        metadata=accepted.get("metadata"),
        content=canonical({"begins_again": run_id}),
    )
    started = lifecycle.start_run(tx, request, ended.owner, defaults, now, origin, limits)
    patient = replace(limits, frames_per_s=limits.frames_per_s + len(frames))
    for frame in frames:
        inbox.accept(tx, started.run_id, ended.thread_id, ended.owner, frame, origin, patient)
    return started


def unanswered(events: Iterable[Event]) -> list[Frame]:
    """The contexts, and the messages whose turn has not ended, in the order of their acceptance."""
    given: dict[str, Frame] = {}
    open_turn: list[str] = []
    for event in events:
        told: Any = event.payload
        match event.type:
            case "frame.accepted" if told["frame_type"] in ("context", "user_message"):
                frame = Frame(told["frame_id"], told["frame_type"], told["payload"])
                given[frame.frame_id] = frame
            case "message.user":
                open_turn.append(told["frame_id"])
            case "turn.ended":
                for frame_id in open_turn:
                    given.pop(frame_id, None)
                open_turn = []
            case "run.finished" if told["status"] == "completed":
                given = {}
    return list(given.values())
