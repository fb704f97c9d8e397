"""Leases as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.events import log
from runtime_app.events.event import Event
from runtime_app.leases.lease import Lease, LeasePolicy

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Acquired:
    """The answer to an acquire.

    `outcome` is `granted`, `held` (somebody else's), `expired` (its holder died; declare the loss
    first), `closed` or `missing`; `lease` is there when it was granted, `head_seq` when there is a
    log, `events` when it was granted and the log is short: what its fold needs, to the head.
    `answered_at` is the time by the database's clock.
    """

    outcome: str
    lease: Lease | None
    head_seq: int = field(default=0, compare=False)
    events: tuple[Event, ...] | None = field(default=None, compare=False)
    answered_at: datetime | None = field(default=None, compare=False)


def acquire(
    tx: Transaction, run_id: str, owner: str, policy: LeasePolicy, code_version: str, short: int = 0
) -> Acquired:
    """Ask for a run's lease under the next epoch.

    Args:
        short: the events of a log that has no more are answered with the lease. They are read once
            it is granted, so that they are all that its holder does not append.

    Effects:
        run_heads.epoch, run_leases.
    """
    row, *more = tx.all(
        SQL["acquire_lease"],
        run_id=run_id,
        owner=owner,
        ttl_s=policy.ttl_s,
        code_version=code_version,
        short=short,
    )
    tx.tell("lease.op", op="acquire", result=row.outcome)
    lease = Lease(run_id, row.epoch) if row.outcome == "granted" else None
    if lease is not None and row.silent_s is not None:
        tx.tell("lease.taken_over", row.silent_s)
    events = None
    if row.seq is not None:
        events = tuple(log.stored(each) for each in (row, *more))
    return Acquired(row.outcome, lease, row.head_seq or 0, events, row.answered_at)


def renew(db: Database, leases: Sequence[Lease], policy: LeasePolicy) -> dict[str, bool]:
    """Renew many leases in one statement.

    Returns:
        The run ids that are still held, each with whether its cancellation has been requested.
    """
    rows = db.all(
        SQL["renew_leases"],
        run_ids=[lease.run_id for lease in leases],
        epochs=[lease.epoch for lease in leases],
        ttl_s=policy.ttl_s,
    )
    return {row.run_id: row.cancel_requested for row in rows}


def park(tx: Transaction | Database, lease: Lease, seen_seq: int, *, in_line: bool = False) -> str:
    """Let go if nothing has happened since `seen_seq`: `parked`, `moved` or `superseded`.

    Args:
        in_line: the run waits for slots; being given them counts as something.

    Effects:
        run_heads.parked_seq, run_leases.
    """
    query = SQL["park_in_line"] if in_line else SQL["park_lease"]
    row = tx.one(query, run_id=lease.run_id, epoch=lease.epoch, seen_seq=seen_seq)
    assert row is not None
    outcome: str = row.outcome
    tx.tell("lease.op", op="park", result=outcome)
    return outcome


def release(tx: Transaction | Database, lease: Lease) -> None:
    """Let go whatever has happened; the caller sees to it that somebody goes on."""
    tx.execute(SQL["release_lease"], run_id=lease.run_id, epoch=lease.epoch)
    tx.tell("lease.op", op="release", result="done")


def expired(db: Transaction | Database, limit: int) -> list[str]:
    """The runs whose holder has died and of whom nobody has said so, oldest first."""
    return [row.run_id for row in db.all(SQL["expired_leases"], limit=limit)]
