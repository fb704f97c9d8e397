"""Let go of what only readers needed, run by run, in the order of their ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.events import pruning
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import Pruned, RetentionPolicy
from runtime_app.maintenance.sweep import SQL

#: Runs looked up at once.
BATCH = 200
#: About how long one sweep takes when there is more to do than that: the next one goes on, and the
#: other sweeps, which share its queue, do not wait for it.
SPELL_S = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """What one class has to let go of: runs that are old enough, and their payloads."""

    retention: Retention
    runs: int
    payloads: Pruned


def prune_ended(
    db: Database, policy: RetentionPolicy, clock: Clock, spell_s: float = SPELL_S
) -> int:
    """Prune the runs that ended long enough ago, class by class, for about `spell_s` seconds.

    A run is passed by the mark once nothing of the class is left of it, so a sweep that is broken
    off is taken up where it was. A policy that is made longer brings nothing back. Copies may be at
    it at once: what one has emptied the other passes over, and the mark only moves forward.

    Returns:
        How many payloads were emptied.

    Effects:
        as `pruning.prune`; retention_marks.
    """
    until_s = clock.monotonic() + spell_s
    emptied = 0
    for retention, age_s in policy.ages_s.items():
        for run in _due(db, retention, age_s):
            emptied += pruning.prune(db, run.run_id, retention).events
            db.execute(
                SQL["move_mark"],
                event_class=retention.value,
                ended_at=run.terminal_at,
                run_id=run.run_id,
            )
            if clock.monotonic() >= until_s:
                break
    return emptied


def due(db: Database, policy: RetentionPolicy) -> list[Due]:
    """What `prune_ended` has before it, without touching any of it."""
    found = []
    for retention, age_s in policy.ages_s.items():
        runs, payloads = 0, Pruned()
        for run in _due(db, retention, age_s):
            runs += 1
            payloads += pruning.prunable(db, run.run_id, retention)
        found.append(Due(retention, runs, payloads))
    return found


def _due(db: Database, retention: Retention, age_s: float) -> Iterator[Any]:
    """The runs past the mark that are old enough: `run_id`, `terminal_at`."""
    mark = db.one(SQL["get_mark"], event_class=retention.value)
    ended_at, run_id = ("-infinity", "") if mark is None else mark
    while page := db.all(
        SQL["ended_before"], age_s=age_s, ended_at=ended_at, run_id=run_id, limit=BATCH
    ):
        yield from page
        run_id, ended_at = page[-1]
