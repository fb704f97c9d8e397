"""The end of a run: in one statement with the event that says so."""

from collections.abc import Sequence
from typing import Any

from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events.condition import Condition
from runtime_app.events.event import Event
from runtime_app.runs.slots import SlotLimits

_SQL = beside(__file__, "ending.sql")


def ending(limits: SlotLimits) -> Condition:
    """What goes with an append whose last event is `run.finished`.

    Effects:
        the run's row; its slots, with a step for each run that is next; its open tool tasks; its
        checkpoints; of the epoch that appends, its lease.
    """
    return Condition(_SQL["append_end"], {"slots": limits.in_order()}, done=_tell)


def _tell(tx: Transaction, row: Any, events: Sequence[Event]) -> None:
    finished = events[-1].payload
    labels = {name: finished[name] for name in ("status", "reason_class")}
    if row.took_s is not None:
        tx.tell("run.ended", row.took_s, **labels)
    tx.tell("lease.op", op="release", result="done")
    for tool in row.cancelled:
        tx.tell("tool.canceled", tool=tool)
    for run_id in row.woken:
        tx.after_commit(StepRun(run_id))
