"""Empty the payloads that only readers need; rows and hashes stay, and so does the chain.

Only an ended run is pruned. Deltas move the floor first: a reader that begins after that begins
behind them, and one that is still before it is told (`behind_floor`). Progress leaves no gap that
matters to a reader, so it moves nothing.
"""

from dataclasses import dataclass

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.events import log
from runtime_app.events.catalog import CATALOG, Retention
from runtime_app.events.event import Event
from runtime_app.observability import telemetry

_SQL = beside(__file__, "pruning.sql")

#: Seqs that are looked at, and payloads emptied in one transaction, at most.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long after its run's end a payload is kept, in seconds, by class."""

    delta_s: float = 30 * 86_400
    progress_s: float = 86_400

    @property
    def ages_s(self) -> dict[Retention, float]:
        """The classes that are pruned at all; every other is kept."""
        return {Retention.PROGRESS: self.progress_s, Retention.DELTA: self.delta_s}


@dataclass(frozen=True, slots=True)
class Pruned:
    """Payloads that were emptied, or could be: how many, and their bytes."""

    events: int = 0
    payload_bytes: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(self.events + other.events, self.payload_bytes + other.payload_bytes)


def behind_floor(event: Event) -> bool:
    """Whether a reader who gets this event misses something: a delta without its payload."""
    spec = CATALOG.get(event.type)
    return event.pruned and spec is not None and spec.retention is Retention.DELTA


def prunable(db: Database, run_id: str, retention: Retention) -> Pruned:
    """What `prune` would empty now; nothing of a live run."""
    row = db.one(_SQL["count_prunable"], run_id=run_id, event_class=retention.value)
    assert row is not None
    return Pruned(row.events, row.payload_bytes)


def prune(db: Database, run_id: str, retention: Retention) -> Pruned:
    """Empty every payload of the class, of a run that has ended; in batches, by exact keys.

    Each batch is a transaction of its own: what was begun and broken off is taken up by the next
    call. Nothing happens to a live run.

    Effects:
        run_events.payload; of deltas run_heads.floor_seq, floor_hash.
    """
    head = log.head(db, run_id)
    if head is None or head.closed_seq is None:
        return Pruned()
    if retention is Retention.DELTA:
        db.execute(_SQL["raise_floor"], run_id=run_id)
    done = Pruned()
    named = {"run_id": run_id, "event_class": retention.value}
    for after in range(0, head.seq, BATCH):
        keys = db.all(_SQL["prunable_keys"], **named, after=after, until=after + BATCH)
        if keys:
            row = db.one(_SQL["prune_payloads"], **named, seqs=[key.seq for key in keys])
            assert row is not None
            done += Pruned(row.pruned, sum(key.payload_bytes for key in keys))
    if done.events:
        telemetry.emit("payloads.pruned", done.events, **{"class": retention.value})
    return done
