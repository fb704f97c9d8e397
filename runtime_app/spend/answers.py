"""What a reserve answers, and what a move came to: values, each with the events that tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime_app.canonical import stable_hash, stored_loads
from runtime_app.events.event import NewEvent
from runtime_app.spend.reasons import VERSION, Decision


@dataclass(frozen=True, slots=True)
class Ruling:
    """A policy's answer for one call, allowed or not: the first half of a receipt.

    Args:
        decision_id: of call, attempt, reason, authorization and epoch; never of the balance.
        evaluated: canonical-JSON value that it was decided on; kept in `spend_decisions`.
        events: `policy.decision` unless it was told before, `policy.budget_exhausted` where this
            answer is the first of its epoch. Append them in the transaction that got the answer.
        budget_before, budget_after: headroom around it; None without an authorization.
        on_exhausted: `continue` or `terminate`, of the authorization.
    """

    decision: Decision
    reason_code: str
    decision_id: str
    call_id: str
    attempt: int
    unit: str
    amount: int | None
    authorization_id: str | None
    authorization_mode: str | None
    scope_kind: str | None
    payer_type: str | None
    on_exhausted: str | None
    budget_before: int | None
    budget_after: int | None
    approval_id: str | None = None
    evaluated: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[NewEvent, ...] = ()

    @property
    def evaluation_hash(self) -> str:
        """sha256 of the canonical text of what it was decided on."""
        return stable_hash(dict(self.evaluated))

    def receipt(self) -> dict[str, Any]:
        """The fields of a receipt that are known by now; money that did not move is 0."""
        return {
            "payer_type": self.payer_type,
            "authorization_id": self.authorization_id,
            "authorization_mode": self.authorization_mode,
            "scope_kind": self.scope_kind,
            "unit": self.unit,
            "budget_before": self.budget_before or 0,
            "reserved": 0,
            "spent": 0,
            "fee": 0,
            "overage": 0,
            "budget_after": self.budget_after or 0,
            "policy_decision_id": self.decision_id,
            "decision": self.decision.value,
            "reason_code": self.reason_code,
            "reasons_version": VERSION,
            "evaluation_hash": self.evaluation_hash,
            "approval_id": self.approval_id,
        }


@dataclass(frozen=True, slots=True)
class Reserved:
    """The money is held.

    Args:
        state: `reserved`; of a call that was reserved before (`replayed`), where that is now.
        provider_key: what the provider is given as idempotency key.
        events: the ruling's, then `spend.reserved`; none of a replay.
    """

    ruling: Ruling
    reservation_id: str
    provider_key: str
    state: str
    attempt: int
    amount: int
    replayed: bool
    events: tuple[NewEvent, ...]

    def receipt(self) -> dict[str, Any]:
        """The receipt of money that is held."""
        held = {"reserved": self.amount, "reservation_id": self.reservation_id}
        return self.ruling.receipt() | held | {"attempt": self.attempt}


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why; `reason_code` is a `policy_denied` one."""

    ruling: Ruling

    @property
    def reason_code(self) -> str:
        return self.ruling.reason_code

    @property
    def events(self) -> tuple[NewEvent, ...]:
        return self.ruling.events

    def receipt(self) -> dict[str, Any]:
        """The receipt of a denial: zeros where money would be."""
        return self.ruling.receipt()


@dataclass(frozen=True, slots=True)
class NeedsApproval(Denied):
    """It could be paid; a person has to say so first. `reason_code` is a `policy_needs` one."""


@dataclass(frozen=True, slots=True)
class Unbudgeted:
    """No budget covers models here: the call is made and nothing is held."""

    events: tuple[NewEvent, ...] = ()


Answer = Reserved | Denied | NeedsApproval | Unbudgeted


@dataclass(frozen=True, slots=True)
class Moved:
    """A reservation after a move; the second half of a receipt.

    Args:
        outcome: `moved`; `repeated`: it had been moved so before, nothing was written; `refused`:
            a start that found its authorization ended, the money has been given back.
        late: the run had ended: it is booked, and no event tells it (`events` is empty).
        events: what to append in the same transaction.
    """

    outcome: str
    reservation_id: str
    state: str
    subject_kind: str
    subject_id: str
    call_id: str
    authorization_id: str
    adapter: str
    attempt: int
    unit: str
    amount: int
    actual: int | None
    fee: int | None
    overage: int
    refunded: int
    correlation_id: str | None
    settled_via: str | None
    reason_code: str | None
    over_policy: bool
    estimated: bool
    late: bool
    deadline_at: datetime | None
    budget_before: int
    budget_after: int
    entry_no: int | None
    events: tuple[NewEvent, ...] = ()

    def receipt(self) -> dict[str, Any]:
        """What it adds to the receipt of its `Reserved`."""
        spent = 0 if self.actual is None else self.actual - self.overage
        return {
            "authorization_id": self.authorization_id,
            "unit": self.unit,
            "reservation_id": self.reservation_id,
            "attempt": self.attempt,
            "reserved": self.amount,
            "spent": spent,
            "fee": self.fee or 0,
            "overage": self.overage,
            "budget_after": self.budget_after,
            "correlation_id": self.correlation_id,
            "settled_via": self.settled_via,
            "over_policy": self.over_policy,
            "estimated": self.estimated,
        }


def evaluated(text: str) -> Mapping[str, Any]:
    """The document of a decision, from its row."""
    value: Mapping[str, Any] = stored_loads(text)
    return value
