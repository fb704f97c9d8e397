"""A run that begins where another one stood: its conversation up to a seq, under an id of its own.

The new log says so itself. Its first event names the parent, the seq and that event's hash, which
stands for all of the parent's log up to there; the conversation follows as `run.forked`, so that
the fork needs its parent no more. What was used up does not come along, nor does what only readers
had: a fork counts from nothing, and may begin below the parent's floor.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, NotFound
from runtime_app.events import log
from runtime_app.events.event import Event, NewEvent, Origin
from runtime_app.fold.evolve import evolve
from runtime_app.fold.predicates import resting, wants_step
from runtime_app.fold.state import RunState
from runtime_app.fold.state_codec import CONVERSATION
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.runs import client_tools, lifecycle, store
from runtime_app.runs.admission import AdmissionLimits
from runtime_app.runs.run import ForkPoint, Run, RunDefaults, RunRequest

#: Messages of one `run.forked`.
PAGE = 100


@dataclass(frozen=True, slots=True)
class ForkRequest:
    """How a run is to be forked.

    Args:
        at: the last event that counts, a seq; None: all there is.
        model: instead of the parent's.
        run_id: the fork's; None: one is made, and the same request again makes another fork.
        on_busy: as of `RunRequest`; whoever forks somebody's run waits for its turn.
    """

    at: int | None = None
    model: str | None = None
    run_id: str | None = None
    on_busy: str | None = "enqueue"

    def content(self, parent_id: str) -> str:
        """What idempotency compares; not where the head was, which moves."""
        return canonical(
            {
                "fork_of": parent_id,
                "at": self.at,
                "model": self.model,
                "on_busy": self.on_busy,
            }
        )


@dataclass(frozen=True, slots=True)
class _Past:
    """A run as it stood at a seq: its state, its first event, the messages that waited."""

    state: RunState
    accepted: Event
    waiting: tuple[Frame, ...]


def fork(
    tx: Transaction,
    run_id: str,
    wanted: ForkRequest,
    defaults: RunDefaults,
    now: datetime,
    origin: Origin,
    limits: AdmissionLimits,
) -> lifecycle.Started:
    """Start a run of the same owner and thread that begins where `run_id` stood at a seq.

    It takes its turn on the thread as any run does. User messages that waited then wait again; a
    turn that was open goes on, and else the fork waits for a message. The same request again, with
    an id for the fork, finds the fork as it is.

    Raises:
        NotFound: there is no such run.
        Conflict: the seq is beyond the head, or in the middle of a step; or as `start_run`.
        InvalidRequest, Forbidden, Throttled: as `start_run`.

    Effects:
        as `start_run`, run.forked; frames, frame.accepted.
    """
    parent = store.get(tx, run_id)
    if parent is None:
        raise NotFound(f"there is no run {run_id!r}")
    if parent.mode == "tool":
        raise Conflict(f"run {run_id} is one tool call; there is nothing to go on with")
    content = wanted.content(run_id)
    if wanted.run_id is not None:
        known = lifecycle.find_started(tx, wanted.run_id, parent.owner, content)
        if known is not None:
            return known
    seq = parent.latest_seq if wanted.at is None else wanted.at
    if seq > parent.latest_seq:
        raise _refused(f"seq {seq} is beyond the head of run {run_id}", parent.latest_seq)
    past = _past(tx, run_id, seq)
    started = lifecycle.start_run(
        tx,
        _request(tx, parent, past, seq, wanted),
        parent.owner,
        defaults,
        now,
        origin,
        limits,
        first=list(_carried(tx, past.state)),
    )
    if started.replayed:  # somebody has sent the same meanwhile
        return started
    patient = replace(limits, frames_per_s=limits.frames_per_s + len(past.waiting))
    for frame in past.waiting:
        inbox.accept(tx, started.run_id, parent.thread_id, parent.owner, frame, origin, patient)
    return started


def _past(tx: Transaction, run_id: str, seq: int) -> _Past:
    state, whole, frames = RunState(run_id), 1, dict[str, Frame]()
    accepted = None
    for event in log.read_for_fold(tx, run_id):
        if event.seq > seq:
            break
        state = evolve(state, event)
        accepted = accepted or event
        if event.type == "frame.accepted":
            told = event.payload
            frames[told["frame_id"]] = Frame(told["frame_id"], told["frame_type"], told["payload"])
        if resting(state):
            whole = event.seq
    if state.seq != seq or not resting(state):
        raise _refused(f"seq {seq} of run {run_id} is in the middle of a step", whole)
    assert accepted is not None
    waits = (item.frame_id for item in state.inbox if item.frame_type == "user_message")
    return _Past(state, accepted, tuple(frames[frame_id] for frame_id in waits))


def _request(
    tx: Transaction, parent: Run, past: _Past, seq: int, wanted: ForkRequest
) -> RunRequest:
    point = ForkPoint(parent.run_id, seq, _hash(tx, parent.run_id, seq))
    return RunRequest(
        run_id=wanted.run_id,
        thread_id=parent.thread_id,
        mode=parent.mode,
        model=wanted.model or past.state.model,
        caps=asdict(past.state.caps),
        autopilot_id=store.autopilot_of(tx, parent.run_id),
        tool_policy=past.state.tool_policy,
        provider_policy=past.state.provider_policy,
        metadata=past.accepted.payload.get("metadata"),
        content=wanted.content(parent.run_id),
        on_busy=wanted.on_busy,
        forked_from=point,
        client_tools=client_tools.as_given(past.state.client_tools),
    )


def _hash(tx: Transaction, run_id: str, seq: int) -> str:
    (link,) = log.read_links(tx, run_id, seq - 1, 1)
    return link.event_hash.hex()


def _carried(tx: Transaction, state: RunState) -> Iterator[NewEvent]:
    """The conversation, in as many events as it takes; each must come out of the log as it goes in.

    Raises:
        Conflict: one would not.
    """
    opened = wants_step(state)
    for first in range(0, max(1, len(state.messages)), PAGE):
        messages = state.messages[first : first + PAGE]
        event = NewEvent("run.forked", {"messages": CONVERSATION.write(messages), "open": opened})
        stored = stored_loads(event.text(tx.sanitizer))
        if CONVERSATION.read(stored["messages"]) != messages:
            raise _refused("the conversation is more than a log takes in one piece", 1)
        yield event


def _refused(what: str, remedy: int) -> Conflict:
    return Conflict(what, [Detail("at", f"the nearest that can be forked is {remedy}")])
