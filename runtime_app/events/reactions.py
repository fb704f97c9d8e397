"""Which jobs a batch of events asks for."""

from collections.abc import Sequence

from runtime_app.dispatch.jobs import Job
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import NewEvent


def jobs_for(run_id: str, events: Sequence[NewEvent]) -> tuple[Job, ...]:
    """The jobs that `events` ask for, each once, in the order of first asking."""
    asked: dict[Job, None] = {}
    for event in events:
        for job in CATALOG[event.type].wakes:
            if (wanted := job.for_event(run_id, event.payload)) is not None:
                asked[wanted] = None
    return tuple(asked)
