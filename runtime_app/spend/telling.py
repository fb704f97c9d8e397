"""How a move is told: its event, or why it was not made."""

from collections.abc import Mapping
from typing import Any

from runtime_app.errors import Conflict, Detail, NotFound
from runtime_app.events.event import NewEvent
from runtime_app.spend.answers import Moved


class CorrelationTaken(Conflict):
    """The correlation id stands for another payment of this adapter: nothing was booked."""


def refusal(row: Any, reservation_id: str, op: str, attempt: int) -> Exception:
    """What to raise for a move that was not made."""
    if row.outcome == "missing":
        return NotFound(f"there is no reservation {reservation_id!r}")
    if row.outcome == "taken":
        message = "the correlation id stands for another payment of this adapter"
        return CorrelationTaken(message, [Detail("correlation_id", message)])
    if row.outcome == "bounds":
        most = "what is left of its spent amount" if op == "refund" else "2^53 - 1"
        low = 1 if op == "refund" else 0
        return Conflict(
            f"{op} takes an amount of {low} to {most}, and a correlation id where it commits",
            [Detail("amount", f"must be {low} to {most}")],
        )
    if row.outcome == "stale":
        return Conflict(
            f"reservation {reservation_id!r} is at attempt {row.attempt}, not {attempt}",
            [Detail("attempt", "it was released and reserved again; read it again")],
        )
    return Conflict(
        f"reservation {reservation_id!r} is {row.state}: {op} is not possible",
        [Detail("state", row.state)],
    )


#: Move -> the event that tells it; a start has none.
_EVENTS: Mapping[str, str] = {
    "commit": "spend.committed",
    "release": "spend.released",
    "unknown": "spend.reconcile_required",
    "resolve_commit": "spend.reconciled",
    "resolve_release": "spend.reconciled",
    "late_truth": "spend.reconciled",
    "refund": "spend.reconciled",
}


def told(moved: Moved, op: str, amount: int | None) -> tuple[NewEvent, ...]:
    """The event of a move; `amount` is what a refund gave back."""
    event = "spend.released" if moved.outcome == "refused" else _EVENTS.get(op)
    if event is None:
        return ()
    payload: dict[str, Any] = {
        "reservation_id": moved.reservation_id,
        "authorization_id": moved.authorization_id,
        "call_id": moved.call_id,
        "attempt": moved.attempt,
        "amount": moved.amount,
        "unit": moved.unit,
        "budget_after": moved.budget_after,
        "entry_no": moved.entry_no,
    }
    if moved.reason_code is not None:
        payload["reason_code"] = moved.reason_code
    if event == "spend.reconcile_required":
        payload["adapter"] = moved.adapter
    if event == "spend.reconciled":
        payload["outcome"] = "refunded" if op == "refund" else moved.state
    if op == "refund":
        payload["refunded"] = amount
    if moved.state == "committed":
        settled = {
            "actual": moved.actual,
            "overage": moved.overage,
            "over_policy": moved.over_policy,
            "estimated": moved.estimated,
            "correlation_id": moved.correlation_id,
            "settled_via": moved.settled_via,
        }
        payload |= settled | ({} if moved.fee is None else {"fee": moved.fee})
    return (NewEvent(event, payload),)
