"""The rows of the event catalogue that tell of money, and of what a policy answers."""

from collections.abc import Mapping

from runtime_app.events.spec import EventSpec, Retention

_RECEIPT = Retention.RECEIPT
_POLICY = {
    "decision_id": "id",
    "about": "enum",
    "decision": "enum",
    "reason_code": "enum",
    "call_id": "id?",
    "authorization_id": "id?",
    "unit": "enum?",
}
_EVALUATED = {
    "attempt": "int?",
    "amount": "int?",
    "authorization_mode": "enum?",
    "scope_kind": "enum?",
    "payer_type": "enum?",
    "budget_before": "int?",
    "budget_after": "int?",
    "approval_id": "id?",
    "reasons_version": "id?",
    "evaluation_hash": "id?",
    "evaluated": "object?",
}
_RESERVATION = {
    "reservation_id": "id",
    "authorization_id": "id",
    "call_id": "id",
    "attempt": "int",
    "amount": "int",
    "unit": "enum",
    "budget_after": "int",
    "entry_no": "int",
}
_SETTLED = {
    "actual": "int",
    "fee": "int?",
    "overage": "int",
    "over_policy": "bool",
    "estimated": "bool",
    "correlation_id": "text",
    "settled_via": "enum",
}

MONEY: Mapping[str, EventSpec] = {
    "policy.decision": EventSpec(
        _RECEIPT,
        "executor",
        _POLICY | _EVALUATED,
    ),
    "policy.budget_exhausted": EventSpec(
        _RECEIPT, "executor", _POLICY | {"epoch": "id", "on_exhausted": "enum"}
    ),
    # -- money -----------------------------------------------------------------------------------
    "spend.reserved": EventSpec(
        _RECEIPT,
        "executor",
        _RESERVATION | {"adapter": "text", "policy_decision_id": "id", "budget_before": "int"},
    ),
    "spend.committed": EventSpec(
        _RECEIPT, "tool runner", _RESERVATION | _SETTLED | {"reason_code": "enum?"}
    ),
    "spend.released": EventSpec(_RECEIPT, "tool runner", _RESERVATION | {"reason_code": "enum?"}),
    "spend.reconcile_required": EventSpec(
        _RECEIPT, "tool runner", _RESERVATION | {"adapter": "text", "reason_code": "enum"}
    ),
    "spend.reconciled": EventSpec(
        _RECEIPT,
        "reconciler",
        _RESERVATION
        | {name: f"{kind.rstrip('?')}?" for name, kind in _SETTLED.items()}
        | {"outcome": "enum", "reason_code": "enum?", "refunded": "int?"},
    ),
}
