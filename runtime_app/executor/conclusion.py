"""Whether an answer ends its run: decided before it is stored, so that both are one commit.

The decision is made on the state as the answer will leave it. That state is known as long as
nobody else has written to the log since the call began: every batch of the call must come right
after the one before. A frame or a cancel in between makes it unknown; then the answer is stored by
itself, and what comes next is decided on what the log says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime_app.events.catalog import CATALOG, Retention
from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Action, Finish
from runtime_app.fold.evolve import preview
from runtime_app.fold.state import RunState
from runtime_app.runs.slots import SlotLimits


@dataclass(slots=True)
class Conclusion:
    """Of one model call.

    Args:
        seq: the head that the log has as far as this call knows; None once it does not.
        next_action: what to do in a state, now.
        slots: what the run gives back at its end.
        reached: whether the end was stored together with the answer.
    """

    seq: int | None
    next_action: Callable[[RunState], Action]
    slots: SlotLimits
    reached: bool = False
    _written: list[NewEvent] = field(default_factory=list)

    def wrote(self, events: Sequence[NewEvent], seq: int) -> None:
        """A batch of the call is in the log, and its last event has `seq`."""
        self.seq = seq if self.seq is not None and seq == self.seq + len(events) else None
        self._written += (
            event for event in events if CATALOG[event.type].retention is not Retention.DELTA
        )

    def after(self, state: RunState, closing: Sequence[NewEvent]) -> tuple[NewEvent, ...]:
        """The end that follows `closing`, if it is one and the head is known; else nothing.

        Args:
            state: what the call was decided on, with its beginning.
        """
        if self.seq is None:
            return ()
        action = self.next_action(preview(state, [*self._written, *closing]))
        return action.events if isinstance(action, Finish) else ()
