"""Move a reservation: each move is one call, with its ledger entry and the event that tells it."""

from dataclasses import replace
from datetime import datetime

from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.spend.answers import Moved
from runtime_app.spend.telling import refusal, told

_SQL = beside(__file__)
_UNSAID = {"outcome", "run_closed", "at"}


def start(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    deadline_s: float,
    actor: str = "runner",
    at: datetime | None = None,
) -> Moved:
    """`reserved` -> `executing`, before the provider is asked; commit it before you ask.

    Its authorization is looked at again: ended or expired meanwhile, the money is given back, and
    the answer's outcome is `refused` with a `policy_denied` reason code.

    Args:
        deadline_s: after which the outcome counts as unknown, by the database's clock.

    Raises:
        Conflict: it is not `reserved`, or is of another attempt.
        NotFound: there is no such reservation.
    """
    return _move(tx, reservation_id, "start", attempt, deadline_s=deadline_s, actor=actor, at=at)


def commit(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    actual: int,
    correlation_id: str,
    fee: int | None = None,
    estimated: bool = False,
    reason_code: str | None = None,
    actor: str = "runner",
    at: datetime | None = None,
) -> Moved:
    """`executing` -> `committed`: the provider did it. Booked also past a limit or after a revoke.

    Args:
        actual: what it cost, fee included, 0 .. 2^53 - 1; beyond the reserved amount it is overage.
        correlation_id: the provider's id of the payment (of a model call without one, the
            reservation's id and the attempt); unique within the adapter.
        estimated: the provider did not say what it cost.

    Raises:
        CorrelationTaken, Conflict, NotFound: as the names say; nothing is booked.
    """
    return _move(
        tx,
        reservation_id,
        "commit",
        attempt,
        actual=actual,
        fee=fee,
        correlation_id=correlation_id,
        via="call",
        reason_code=reason_code,
        estimated=estimated,
        actor=actor,
        at=at,
    )


def release(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    proven: bool = False,
    via: str = "call",
    reason_code: str = "settlement.not_executed",
    actor: str = "runner",
    at: datetime | None = None,
) -> Moved:
    """`reserved` -> `released`; from `executing` only where it is `proven` that nothing happened.

    The call may be reserved again, three times in all.
    """
    return _move(
        tx,
        reservation_id,
        "release",
        attempt,
        not_executed=proven,
        via=via,
        reason_code=reason_code,
        actor=actor,
        at=at,
    )


def unknown(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    actor: str = "runner",
    at: datetime | None = None,
) -> Moved:
    """`executing` -> `unknown`: nobody knows what the provider did. The money stays held.

    The first lookup is due after 5 s (`next_lookup_at`); later ones are the reconciler's business.
    """
    reason = "settlement.outcome_unknown"
    return _move(tx, reservation_id, "unknown", attempt, reason_code=reason, actor=actor, at=at)


def resolve_commit(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    actual: int,
    correlation_id: str,
    fee: int | None = None,
    via: str = "lookup",
    actor: str = "reconciler",
    at: datetime | None = None,
) -> Moved:
    """`unknown` -> `committed`: it is proven that the provider did it. As `commit`.

    Args:
        via: `lookup` or `operator`.
    """
    by_person = via == "operator"
    return _move(
        tx,
        reservation_id,
        "resolve_commit",
        attempt,
        actual=actual,
        fee=fee,
        correlation_id=correlation_id,
        via=via,
        reason_code="settlement.operator_resolved"
        if by_person
        else "settlement.resolved_committed",
        actor=actor,
        at=at,
    )


def resolve_release(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    via: str = "lookup",
    actor: str = "reconciler",
    at: datetime | None = None,
) -> Moved:
    """`unknown` -> `released`: it is proven that the provider did nothing.

    Resolved by a lookup the call may be reserved again; by an operator it may not.
    """
    by_person = via == "operator"
    return _move(
        tx,
        reservation_id,
        "resolve_release",
        attempt,
        via=via,
        reason_code="settlement.operator_resolved" if by_person else "settlement.resolved_released",
        actor=actor,
        at=at,
    )


def late_truth(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    actual: int,
    correlation_id: str,
    fee: int | None = None,
    actor: str = "reconciler",
    at: datetime | None = None,
) -> Moved:
    """`released` -> `committed`: the provider did it after all. All of it is overage."""
    return _move(
        tx,
        reservation_id,
        "late_truth",
        attempt,
        actual=actual,
        fee=fee,
        correlation_id=correlation_id,
        via="lookup",
        reason_code="settlement.late_truth",
        actor=actor,
        at=at,
    )


def refund(
    tx: Transaction,
    reservation_id: str,
    *,
    attempt: int,
    amount: int,
    actor: str,
    at: datetime | None = None,
) -> Moved:
    """`committed` stays: the provider gave `amount` back, at most what is spent of it.

    A new epoch of the budget begins, so that what was exhausted is tried again.
    """
    return _move(tx, reservation_id, "refund", attempt, actual=amount, actor=actor, at=at)


def _move(
    tx: Transaction,
    reservation_id: str,
    op: str,
    attempt: int,
    *,
    actor: str,
    at: datetime | None,
    actual: int | None = None,
    fee: int | None = None,
    correlation_id: str | None = None,
    via: str | None = None,
    reason_code: str | None = None,
    not_executed: bool = False,
    estimated: bool = False,
    deadline_s: float | None = None,
) -> Moved:
    row = tx.one(
        _SQL["spend_move"],
        reservation_id=reservation_id,
        op=op,
        attempt=attempt,
        actual=actual,
        fee=fee,
        correlation_id=correlation_id,
        via=via,
        reason_code=reason_code,
        not_executed=not_executed,
        estimated=estimated,
        deadline_s=deadline_s,
        actor=actor,
        at=at,
    )
    assert row is not None
    if row.outcome not in ("moved", "repeated", "refused"):
        raise refusal(row, reservation_id, op, attempt)
    fields = {name: value for name, value in row._asdict().items() if name not in _UNSAID}
    moved = Moved(outcome=row.outcome, reservation_id=reservation_id, **fields)
    if moved.outcome == "repeated" or row.run_closed:
        return moved
    return replace(moved, events=told(moved, op, actual))
