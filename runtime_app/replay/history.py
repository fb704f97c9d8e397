"""A recorded log as a replay takes it: append by append, each with what it is. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event
from runtime_app.executor.fallback import EXHAUSTED, NOT_ALLOWED
from runtime_app.executor.moment import Hop, Moment, NoHop
from runtime_app.fold.evolve import used
from runtime_app.fold.state import RunState
from runtime_app.runs.status import ReasonClass

#: What a model call gives.
ANSWERS = frozenset(
    {
        "text.started",
        "text.delta",
        "text.ended",
        "reasoning.started",
        "reasoning.delta",
        "reasoning.ended",
        "tool.call",
        "model.call_finished",
        "model.call_failed",
        "step.finished",
    }
)
#: What is told beside it. All else that executors write is decided.
_BESIDE = frozenset({"provider.breaker_changed"})
#: How far a worker may have been ahead of the database in what it measures since its lease.
CLOCK_AHEAD = timedelta(seconds=1)


class Kind(StrEnum):
    """Where an append comes from."""

    OUTSIDE = "outside"  # a client, the janitor, a tool; an end that nobody has decided
    ANSWER = "answer"  # a model call
    DECISION = "decision"  # the pure core


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one append, 1..256, without those that only readers need.

    Args:
        joined: whether it is decided on the batch before and in one append with it, so that the
            time of that append had not come yet.
    """

    events: tuple[Event, ...]
    joined: bool = False

    @property
    def seq(self) -> int:
        """The seq of the first."""
        return self.events[0].seq

    @property
    def at(self) -> datetime:
        """When the database took them."""
        return self.events[0].occurred_at

    @property
    def kind(self) -> Kind:
        """Where they come from."""
        if any(event.type == "run.executor_lost" for event in self.events):
            return Kind.OUTSIDE  # with the end of a run that no executor has survived
        if any(event.type in ANSWERS or event.type in _BESIDE for event in self.events):
            return Kind.ANSWER
        if any(map(_is_decision, self.events)):
            return Kind.DECISION
        return Kind.OUTSIDE

    @property
    def code_version(self) -> str:
        """The release that wrote them, where they say so."""
        return next(
            (str(e.payload["code_version"]) for e in self.events if "code_version" in e.payload), ""
        )


def batches(events: Iterable[Event]) -> Iterator[Batch]:
    """The appends of a log: no two of one run are taken at the same microsecond.

    One with an answer and what was decided on it comes as two.
    """
    for _at, together in groupby(events, key=lambda event: event.occurred_at):
        whole = tuple(together)
        if whole[0].type == "run.started" and any(e.type == "tool.call" for e in whole):
            yield Batch(whole[:2])  # a run of one call: its step is decided, the call was asked for
            whole = whole[2:]
        answer = 1 + max((n for n, e in enumerate(whole) if _is_answer(e)), default=-1)
        decided = whole[answer:]
        asked = any(e.type in ANSWERS for e in whole)
        if asked and decided and not any(e.type in _BESIDE for e in decided):
            yield Batch(whole[:answer])
            yield Batch(decided, joined=True)
        else:
            yield Batch(whole)


def moments(state: RunState, batch: Batch) -> Sequence[Moment]:
    """When the decision of `batch` may have been made of `state`, likeliest first."""
    at = batch.at
    read_at = _read_at(state, batch)
    earliest = at if state.last_at is None else min(state.last_at, at)
    hop, no_hop = _hop(batch), _no_hop(batch)
    return tuple(
        Moment(when, batch.code_version, hop, no_hop)
        for when in ((at, earliest) if read_at is None else (read_at,))
    )


def _hop(batch: Batch) -> Hop | None:
    """Who stood in for a model that failed, if anybody did.

    Who could have is not in the log: whether somebody may is decided again, who it is is not.
    """
    told = next((e.payload for e in batch.events if e.type == "provider.fallback"), None)
    if told is None:
        return None
    return Hop(told.get("to", ""), told.get("breaker_state", ""), told.get("generation", 0))


def _no_hop(batch: Batch) -> NoHop:
    """Why nobody stood in for a model that failed: what was known then, and is not in the log."""
    codes = [e.payload.get("reason_code") for e in batch.events if e.type == "run.finished"]
    return next((code for code in (NOT_ALLOWED, EXHAUSTED) if code in codes), "")


def _read_at(state: RunState, batch: Batch) -> datetime | None:
    """The moment at which the seconds are those that the decision names, if there can be one."""
    named_s = _named_s(batch)
    if named_s is None or state.last_at is None or used(state, batch.at).wall_clock_s == named_s:
        return None
    read_at = state.last_at + timedelta(seconds=named_s) - state.active
    return read_at if read_at <= batch.at + CLOCK_AHEAD else None


def _named_s(batch: Batch) -> int | None:
    for event in batch.events:
        usage = event.payload.get("usage")
        if isinstance(usage, dict) and "wall_clock_s" in usage:
            return int(usage["wall_clock_s"])
    return None


def _is_answer(event: Event) -> bool:
    """Whether a model call gives it, or a call that it asked for and that was refused at once."""
    refused = event.type == "tool.result" and event.payload.get("status") == "failed"
    return event.type in ANSWERS or refused


def _is_decision(event: Event) -> bool:
    spec = CATALOG.get(event.type)
    if spec is None or spec.writer != "executor":
        return False
    return event.payload.get("reason_class") != ReasonClass.INTERNAL_ERROR
