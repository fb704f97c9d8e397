"""Deliveries as rows: claimed, tried, delivered or given up; and the log of their attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.clock import rfc3339
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction

_SQL = beside(__file__)

STATES = ("pending", "delivered", "dead")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice for one endpoint.

    Args:
        delivery_id: the same at every attempt; what receivers tell repetitions by.
        attempts: begun so far; `failures` those that failed since it was last asked for.
        due_at: of one that is pending, when it is tried next.
    """

    delivery_id: str
    endpoint: str
    notice: str
    run_id: str
    thread_id: str
    seq: int
    status: str
    tool_call_id: str | None
    occurred_at: datetime
    state: str
    attempts: int
    failures: int
    due_at: datetime
    created_at: datetime

    @property
    def body(self) -> bytes:
        """What is sent: the same bytes every time."""
        told = {
            "id": self.delivery_id,
            "type": self.notice,
            "run_id": self.run_id,
            "thread_id": self.thread_id,
            "seq": self.seq,
            "status": self.status,
            "time": rfc3339(self.occurred_at),
        }
        if self.tool_call_id is not None:
            told["tool_call_id"] = self.tool_call_id
        return canonical(told).encode()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its answer's status, or the code of why there was none."""

    attempt: int
    at: datetime
    took_ms: int
    http_status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt has come to, and what comes next.

    Args:
        state: of the delivery from now on.
        delay_s: until the next attempt.
    """

    state: str
    delay_s: float
    took_ms: int
    http_status: int | None
    error: str | None


def claim(db: Database, endpoints: Sequence[str], claim_s: float) -> list[Delivery]:
    """At most one of each endpoint: the one that has been due for longest."""
    rows = db.all(_SQL["claim_due"], endpoints=list(endpoints), claim_s=claim_s)
    return [_delivery(row) for row in rows]


def end(db: Database, delivery: Delivery, outcome: Outcome) -> None:
    """Store what an attempt has come to."""
    db.execute(
        _SQL["end_attempt"],
        delivery_id=delivery.delivery_id,
        attempt=delivery.attempts,
        state=outcome.state,
        delay_s=outcome.delay_s,
        took_ms=outcome.took_ms,
        http_status=outcome.http_status,
        error=outcome.error,
    )


def newest(
    db: Database, limit: int, *, endpoint: str | None, state: str | None, run_id: str | None
) -> list[Delivery]:
    """The newest deliveries, of one endpoint, state or run where they are named."""
    rows = db.all(
        _SQL["list_deliveries"], limit=limit, endpoint=endpoint, state=state, run_id=run_id
    )
    return [_delivery(row) for row in rows]


def find(db: Transaction | Database, delivery_id: str) -> Delivery | None:
    """The delivery, or None."""
    row = db.one(_SQL["get_delivery"], delivery_id=delivery_id)
    return None if row is None else _delivery(row)


def attempts_of(db: Database, delivery_id: str) -> list[Attempt]:
    """Its attempts, in order."""
    return [Attempt(*row) for row in db.all(_SQL["attempts_of"], delivery_id=delivery_id)]


def send_again(tx: Transaction, delivery_id: str) -> bool:
    """Make it due now, as if it had never failed; False while it is being sent, or unknown."""
    return tx.one(_SQL["send_again"], delivery_id=delivery_id) is not None


def prune(db: Database, age_s: float, limit: int = 10_000) -> int:
    """Let go of those that are older; how many there were, at most `limit`."""
    return db.execute(_SQL["prune_deliveries"], age_s=age_s, limit=limit)


def _delivery(row: Any) -> Delivery:
    return Delivery(*(getattr(row, name) for name in Delivery.__slots__))
