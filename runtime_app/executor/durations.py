"""How long messages waited and steps took, by the times that the database gave their events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from runtime_app.events.event import Event
from runtime_app.fold.state import RunState


def waited_s(state: RunState, events: Sequence[Event]) -> Iterator[float]:
    """Seconds from acceptance until a turn took it, of each message that `events` take.

    Args:
        state: what `events` were decided on.
    """
    accepted_at = {item.frame_id: item.accepted_at for item in state.inbox}
    for event in events:
        if event.type == "message.user":
            at = accepted_at.get(event.payload["frame_id"])
            if at is not None:
                yield _between_s(at, event.occurred_at)


def step_took_s(state: RunState, finished: Event) -> float | None:
    """Seconds from the beginning of the step, in its last attempt, to `finished`."""
    began_at = None if state.step is None else state.step.began_at
    return None if began_at is None else _between_s(began_at, finished.occurred_at)


def _between_s(earlier: datetime, later: datetime) -> float:
    return max(0.0, (later - earlier).total_seconds())
