"""The frozen replay: is every decision of a log the one that this code makes? Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from runtime_app.canonical import stored_loads
from runtime_app.events.event import Event, NewEvent
from runtime_app.executor.actions import Action, Park
from runtime_app.executor.decide import decide
from runtime_app.fold.evolve import evolve
from runtime_app.fold.state import RunState
from runtime_app.replay.answers import awaited, determined
from runtime_app.replay.difference import ABSENT, Difference, first_difference
from runtime_app.replay.history import ANSWERS, Batch, Kind, batches, moments
from runtime_app.sanitizer import Sanitizer


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a frozen replay has come to.

    Args:
        to_seq: how far it got.
        decisions: how many it has made again.
        divergence: the first difference, at which it has stopped, or None.
    """

    run_id: str
    to_seq: int
    decisions: int
    divergence: Difference | None

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "run": self.run_id,
            "mode": "frozen",
            "to_seq": self.to_seq,
            "decisions": self.decisions,
            "divergence": None if self.divergence is None else self.divergence.facts,
        }


def replay(run_id: str, log: Iterable[Event], sanitizer: Sanitizer | None = None) -> Verdict:
    """Take a log through the core with what models and tools have answered.

    Whatever the core raises is a difference as well; it never gets out.

    Args:
        log: in order, from the first event; deltas and progress are not needed.
        sanitizer: the log's. Without one a text that became a secret only when the core put it
            together, and was taken out, shows as a difference.
    """
    state, decisions = RunState(run_id), 0
    before = state
    for batch in batches(log):
        known = replace(state, last_at=before.last_at, active=before.active)
        known, before = known if batch.joined else state, state
        found = _decision(known, batch, sanitizer) if batch.kind is Kind.DECISION else None
        decisions += batch.kind is Kind.DECISION
        for event in batch.events if found is None else ():
            found, state = _folded(state, event)
            if found is not None:
                break
        if found is not None:
            return Verdict(run_id, state.seq, decisions, found)
    return Verdict(run_id, state.seq, decisions, None)


def _decision(state: RunState, batch: Batch, sanitizer: Sanitizer | None) -> Difference | None:
    """How the decision differs that the core makes in the place of `batch`."""
    first: Difference | None = None
    for moment in moments(state, batch):
        try:
            action = decide(state, moment)
        except Exception as error:  # noqa: BLE001 - what the core raises is what differs
            return Difference(batch.seq, "decision", batch.events[0].type, _raised(error))
        found = _compared(batch, action, sanitizer)
        if found is None:
            return None
        first = first or found
    return first


def _compared(batch: Batch, action: Action, sanitizer: Sanitizer | None) -> Difference | None:
    if isinstance(action, Park):
        return Difference(batch.seq, "decision", batch.events[0].type, f"parks: {action.why}")
    for event, replayed in zip_longest(batch.events, action.events):
        if (found := _event(batch, event, replayed, sanitizer)) is not None:
            return found
    return None


def _event(
    batch: Batch, event: Event | None, replayed: NewEvent | None, sanitizer: Sanitizer | None
) -> Difference | None:
    if event is None or replayed is None:
        seq = batch.events[-1].seq + 1 if event is None else event.seq
        return Difference(seq, "type", _type(event), _type(replayed))
    if event.type != replayed.type:
        return Difference(event.seq, "type", event.type, replayed.type)
    found = first_difference(event.payload, replayed.payload, "payload")
    if found is not None and sanitizer is not None:
        stored = stored_loads(replayed.text(sanitizer))
        found = first_difference(event.payload, stored, "payload")
    return None if found is None else Difference(event.seq, *found)


def _folded(state: RunState, event: Event) -> tuple[Difference | None, RunState]:
    """The state after an event, or what is wrong with its being there."""
    try:
        found = _misplaced(state, event)
        return (found, state) if found is not None else (None, evolve(state, event))
    except Exception as error:  # noqa: BLE001 - what the core raises is what differs
        return Difference(event.seq, "fold", event.type, _raised(error)), state


def _misplaced(state: RunState, event: Event) -> Difference | None:
    if state.ended:
        return Difference(event.seq, "type", event.type, ABSENT)
    if event.type not in ANSWERS:
        return None
    if not awaited(state):
        return Difference(event.seq, "answer", event.type, "no model call is under way")
    for name, value in determined(state, event).items():
        if event.payload[name] != value:
            return Difference(event.seq, f"payload.{name}", event.payload[name], value)
    return None


def _type(event: Event | NewEvent | None) -> str:
    return ABSENT if event is None else event.type


def _raised(error: Exception) -> Any:
    return f"{type(error).__name__}: {error}"
