"""Slots: how many runs of one thread, owner, autopilot, provider are at work at once.

A run takes one slot of each of its keys with the event that opens a turn, or none of them and gets
in line; it gives them back when it ends, or has nothing more to answer. Whoever gives back hands
the slots to the next in line in the same transaction, and wakes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.dispatch.jobs import StepRun
from runtime_app.errors import SlotsTaken
from runtime_app.events.condition import Condition
from runtime_app.events.event import NewEvent

_SQL = beside(__file__, "slots.sql")

_OPENS = frozenset({"run.started", "turn.started"})


@dataclass(frozen=True, slots=True)
class SlotLimits:
    """How many runs of each may be at work at once, over all processes.

    A run's provider is that of its own model, whoever stands in for it; a script that plays no
    part has none, nor has a run that is one tool call.
    """

    thread: int = 1
    owner: int = 8
    autopilot: int = 16
    provider: int = 256

    def in_order(self) -> list[int]:
        """As the functions of the database take them."""
        return [self.thread, self.owner, self.autopilot, self.provider]


def opens_turn(events: Sequence[NewEvent]) -> bool:
    """Whether an append of these needs slots."""
    return any(event.type in _OPENS for event in events)


def having(limits: SlotLimits) -> Condition:
    """The condition of an append that needs a slot of each of the run's keys.

    It is refused with `SlotsTaken` when they are not free; the run then stands in line for them.

    Effects:
        slots, slot_line.
    """
    return Condition(_SQL["append_with_slots"], {"slots": limits.in_order()}, {"waits": SlotsTaken})


def release(tx: Transaction, run_id: str, limits: SlotLimits) -> None:
    """Give back what a run holds, or its place in line; nothing happens when it has neither.

    The run's head is locked, or its end is stored.

    Effects:
        slots, slot_line; a step for each run that is next.
    """
    for row in tx.all(_SQL["release_slots"], run_id=run_id, limits=limits.in_order()):
        tx.after_commit(StepRun(row.run_id))


def grant(tx: Transaction, run_id: str, limits: SlotLimits) -> bool:
    """Give a run in line its slots, and wake it; whether they were free.

    Effects:
        slots, slot_line; a step.
    """
    row = tx.one(_SQL["grant_slots"], run_id=run_id, limits=limits.in_order())
    assert row is not None
    if row.granted:
        tx.after_commit(StepRun(run_id))
    return bool(row.granted)


def left_behind(db: Database, limit: int) -> list[str]:
    """Runs that have ended and still hold a slot or stand in line."""
    return [row.run_id for row in db.all(_SQL["left_behind"], limit=limit)]


def passed_over(db: Database, limits: SlotLimits, limit: int) -> list[str]:
    """Runs in line whose slots are free, in the line's order."""
    rows = db.all(_SQL["passed_over"], limits=limits.in_order(), limit=limit)
    return [row.run_id for row in rows]


def unheeded(tx: Transaction, limit: int) -> list[str]:
    """Runs that were given their slots and have not gone on; each at most every 10 s."""
    return [row.run_id for row in tx.all(_SQL["unheeded"], limit=limit)]
