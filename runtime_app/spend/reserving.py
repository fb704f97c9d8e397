"""Hold money for a call, or learn why not."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import NotFound, RunClosed, Unavailable
from runtime_app.events.event import NewEvent
from runtime_app.spend.answers import (
    Answer,
    Denied,
    NeedsApproval,
    Reserved,
    Ruling,
    Unbudgeted,
    evaluated,
)
from runtime_app.spend.constraints import Asked, judge
from runtime_app.spend.reasons import VERSION, decision_of
from runtime_app.spend.reservation import Subject, provider_key, reservation_id

_SQL = beside(__file__)
_NOTHING_ASKED = Asked()
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Intent:
    """One call that may cost something.

    Args:
        call_id: the tool call's id; of a model call `<predict_id>:<n>` or the like, unique within
            the subject and the same when it is tried again.
        unit: `msat` or `usd_micros`.
        amount: the most that it can cost, fee included, 1 .. 2^53 - 1; None where nobody can say,
            which is denied as `amount_unknown`.
        adapter: who is paid; correlation ids are unique within it.
        purpose: `settlement` (a tool that moves money) or `models`.
        retry_class: `dedupe_reconcile_required` or `safe_retry`.
        args_hash: of the arguments; the same call with another is `idempotency_conflict`.
        asked: what the authorization's constraints are asked about.
    """

    call_id: str
    unit: str
    amount: int | None
    adapter: str
    purpose: str = "settlement"
    retry_class: str = "dedupe_reconcile_required"
    args_hash: str | None = None
    asked: Asked = _NOTHING_ASKED


def reserve(
    tx: Transaction,
    subject: Subject,
    intent: Intent,
    *,
    approval_id: str | None = None,
    actor: str = "executor",
    at: datetime | None = None,
) -> Answer:
    """Hold the amount on the authorization that covers the subject's row, in the caller's tx.

    One round trip (two where the authorization has constraints). Locks the run's head, then the
    balance. Append the answer's `events` in the same transaction; a stale epoch then undoes the
    reservation with them. Several reserves of one transaction: in the order of their units.

    Args:
        approval_id: an approved answer, used up if everything else holds.
        at: the time, for tests of midnight; the database's clock otherwise.

    Raises:
        RunClosed: the run has ended.
        NotFound: there is no such run.
        Unavailable: it lost a race; take the transaction again.

    Effects:
        spend_balances, spend_reservations, spend_ledger, spend_decisions, spend_latches,
        approvals.
    """
    row = _asked(tx, subject, intent, approval_id=approval_id, actor=actor, at=at, hold=True)
    if row.outcome == "unbudgeted":
        return Unbudgeted()
    rid = reservation_id(subject, intent.call_id)
    key = provider_key(rid)
    if row.outcome == "replayed":
        ruling = _ruling(row, intent, approval_id)
        return Reserved(ruling, rid, key, row.state, row.attempt, row.amount, True, ())
    ruling = _ruling(row, intent, approval_id)
    ruling = replace(ruling, events=tuple(_told(row, ruling, intent)))
    if row.outcome == "denied":
        return Denied(ruling)
    if row.outcome == "needs_approval":
        return NeedsApproval(ruling)
    reserved = NewEvent(
        "spend.reserved",
        {
            "reservation_id": rid,
            "authorization_id": row.authorization_id,
            "call_id": intent.call_id,
            "attempt": row.attempt,
            "amount": row.amount,
            "unit": intent.unit,
            "adapter": intent.adapter,
            "policy_decision_id": row.decision_id,
            "budget_before": row.budget_before,
            "budget_after": row.budget_after,
            "entry_no": row.entry_no,
        },
    )
    events = (*ruling.events, reserved)
    return Reserved(ruling, rid, key, "reserved", row.attempt, row.amount, False, events)


def check(tx: Transaction, subject: Subject, intent: Intent) -> Ruling | None:
    """The answer that a reserve would get now; holds nothing and tells nothing.

    Returns:
        None where nothing is budgeted (models only).

    Raises:
        as `reserve`.
    """
    row = _asked(tx, subject, intent, approval_id=None, actor="check", at=None, hold=False)
    return None if row.outcome == "unbudgeted" else _ruling(row, intent, None)


def _asked(
    tx: Transaction,
    subject: Subject,
    intent: Intent,
    *,
    approval_id: str | None,
    actor: str,
    at: datetime | None,
    hold: bool,
) -> Any:
    """The function's row, after the constraints of the found authorization have been judged."""
    if intent.amount is not None and intent.amount < 1:
        raise ValueError(f"a reservation holds at least 1, not {intent.amount}")
    rid = reservation_id(subject, intent.call_id)
    judged_id: str | None = None
    constraint: str | None = None
    for _ in range(_ROUNDS):
        row = tx.one(
            _SQL["spend_reserve"],
            subject_kind=subject.kind,
            subject_id=subject.subject_id,
            call_id=intent.call_id,
            reservation_id=rid,
            provider_key=provider_key(rid),
            purpose=intent.purpose,
            unit=intent.unit,
            amount=intent.amount,
            retry_class=intent.retry_class,
            adapter=intent.adapter,
            args_hash=intent.args_hash,
            owner=subject.owner,
            thread_id=subject.thread_id,
            autopilot_id=subject.autopilot_id,
            shadow=subject.shadow,
            asked=canonical(intent.asked.named()),
            judged_id=judged_id,
            constraint=constraint,
            approval_id=approval_id,
            actor=actor,
            hold=hold,
            at=at,
        )
        assert row is not None
        if row.outcome == "closed":
            raise RunClosed("the run has ended")
        if row.outcome == "missing":
            raise NotFound(f"there is no run {subject.subject_id!r}")
        if row.outcome != "judge":
            return row
        judged_id = row.authorization_id
        constraint = judge(row.constraints, intent.asked, row.at)
    raise Unavailable("the authorization changes too often; try again", retry_after_s=1)


def _ruling(row: Any, intent: Intent, approval_id: str | None) -> Ruling:
    document = evaluated(row.evaluated) if row.evaluated else {}
    return Ruling(
        decision_of(row.reason_code),
        row.reason_code,
        row.decision_id,
        intent.call_id,
        row.attempt,
        intent.unit,
        intent.amount,
        row.authorization_id,
        row.mode,
        row.scope_kind,
        row.payer_type,
        row.on_exhausted,
        row.budget_before,
        row.budget_after,
        approval_id if row.reason_code == "policy_allowed.approved" else None,
        document,
    )


def _told(row: Any, ruling: Ruling, intent: Intent) -> list[NewEvent]:
    """`policy.decision`, once per decision; `policy.budget_exhausted`, once per epoch."""
    about = {
        "decision_id": ruling.decision_id,
        "about": "spend",
        "decision": ruling.decision.value,
        "reason_code": ruling.reason_code,
        "call_id": intent.call_id,
        "unit": intent.unit,
    }
    if ruling.authorization_id is not None:
        about["authorization_id"] = ruling.authorization_id
    told = []
    if row.decision_is_new:
        more: dict[str, Any] = {
            "attempt": ruling.attempt,
            "reasons_version": VERSION,
            "evaluation_hash": ruling.evaluation_hash,
            "evaluated": dict(ruling.evaluated),
        }
        optional = {
            "amount": ruling.amount,
            "authorization_mode": ruling.authorization_mode,
            "scope_kind": ruling.scope_kind,
            "payer_type": ruling.payer_type,
            "budget_before": ruling.budget_before,
            "budget_after": ruling.budget_after,
            "approval_id": ruling.approval_id,
        }
        more |= {name: value for name, value in optional.items() if value is not None}
        told.append(NewEvent("policy.decision", about | more))
    if row.latch_is_new:
        exhausted = about | {"epoch": row.latch_epoch, "on_exhausted": row.on_exhausted}
        told.append(NewEvent("policy.budget_exhausted", exhausted))
    return told
