"""Queue `memory`: what a thread remembers, made from its log."""

from runtime_app.dispatch.jobs import CompactDays, CompactEvents, CompactHours
from runtime_app.memory.compaction import compact
from tasks.periodic import periodic
from tasks.worker import runtime


@periodic(CompactEvents)
def compact_events() -> int:
    """Make the chunks of 10 minutes that are due."""
    return compact(runtime().db, 1)


@periodic(CompactHours)
def compact_hours() -> int:
    """Make the chunks of an hour that are due."""
    return compact(runtime().db, 2)


@periodic(CompactDays)
def compact_days() -> int:
    """Make the chunks of a day that are due."""
    return compact(runtime().db, 3)
