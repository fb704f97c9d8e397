"""How things stand: the authorization that decides, a reservation, what a subject has used up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.spend.reservation import MAINTENANCE, Subject

_SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Standing:
    """The authorization that decides for a subject, and its balance now."""

    authorization_id: str
    owner_key: str
    payer_type: str
    scope_kind: str
    scope_id: str
    mode: str
    unit: str
    covers: list[str]
    status: str
    on_exhausted: str
    expires_at: datetime
    granted: int
    reserved: int
    spent: int
    overage: int
    day_used: int
    grant_epoch: int

    @property
    def headroom(self) -> int:
        """granted - reserved - spent - overage; below 0 after more was paid than was granted."""
        return self.granted - self.reserved - self.spent - self.overage


@dataclass(frozen=True, slots=True)
class Latch:
    """A budget that the subject has used up, until its next epoch."""

    authorization_id: str
    epoch: str
    reason_code: str


def resolve(
    tx: Transaction | Database, subject: Subject, unit: str, *, purpose: str = "settlement"
) -> Standing | None:
    """The authorization that a reserve would use now, whatever its answer; None without one."""
    paid_by_us = subject.shadow and purpose == "models"
    row = tx.one(
        _SQL["resolve_authorization"],
        run_id=subject.subject_id if subject.kind == "run" and not paid_by_us else None,
        owner=MAINTENANCE if paid_by_us else subject.owner,
        unit=unit,
        subject_id=subject.subject_id,
        thread_id=subject.thread_id,
        autopilot_id=subject.autopilot_id,
        covering="models" if purpose == "models" else None,
    )
    return None if row is None else Standing(**row._asdict())


def latches(tx: Transaction | Database, subject: Subject) -> list[Latch]:
    """What the subject has used up and may not try again in this epoch."""
    rows = tx.all(
        _SQL["standing_latches"], subject_kind=subject.kind, subject_id=subject.subject_id
    )
    return [Latch(**row._asdict()) for row in rows]


def find(tx: Transaction | Database, reservation_id: str) -> Any | None:
    """A reservation's row by its id; None where there is none."""
    return tx.one(_SQL["get_reservation"], reservation_id=reservation_id)
