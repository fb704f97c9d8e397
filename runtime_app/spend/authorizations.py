"""Budgets as the control plane makes, fills up and ends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, InvalidRequest, NotFound
from runtime_app.ids import new_run_id
from runtime_app.spend.terms import MOST, Terms

_SQL = beside(__file__, "authorizations.sql")


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise of the books that the rows of an authorization do not keep."""

    authorization_id: str
    promise: str


def create(
    tx: Transaction, terms: Terms, actor: str, now: datetime, *, replace: bool = False
) -> str:
    """Make a budget; its id.

    Args:
        replace: end the one that decides for the scope now; without it that one is in the way.

    Raises:
        InvalidRequest: terms that cannot be kept.
        Conflict: the scope has a budget.

    Effects:
        spend_authorizations, spend_balances, spend_ledger.
    """
    terms.check(now)
    if tx.sanitizer.holds_credential(terms.scope_id):
        raise InvalidRequest.field("scope_id", "holds a credential")
    names = {"owner_key": terms.owner_key, "unit": terms.unit}
    scope = {"scope_kind": terms.scope_kind, "scope_id": terms.scope_id}
    before = tx.one(_SQL["deciding"], **names, **scope)
    if before is not None and not replace:
        raise Conflict(
            f"{terms.scope_kind} {terms.scope_id!r} has a budget in {terms.unit}: "
            f"{before.authorization_id} ({before.status}); replace it",
            [Detail("authorization_id", before.authorization_id)],
        )
    if before is not None:
        _end(tx, before.authorization_id, "replaced", "another took its place", actor)
    authorization_id = f"auth_{new_run_id(now)}"
    tx.one(
        _SQL["add_authorization"],
        authorization_id=authorization_id,
        payer_type=terms.payer_type,
        mode=terms.mode,
        covers=list(terms.covers),
        max_total=terms.max_total,
        max_per_call=terms.max_per_call,
        max_per_day=terms.max_per_day,
        threshold=terms.threshold,
        constraints=canonical(dict(terms.constraints or {})),
        on_exhausted=terms.on_exhausted,
        expires_at=terms.expires_at,
        terms_hash=terms.terms_hash,
        max_unknown=terms.max_unknown,
        actor=actor,
        **names,
        **scope,
    )
    return authorization_id


def top_up(tx: Transaction, authorization_id: str, amount: int, act_id: str, actor: str) -> int:
    """Grant more of the same; what is granted then.

    Args:
        amount: 1 .. 2^53 - 1.
        act_id: the same again changes nothing and is refused by the books.

    Raises:
        InvalidRequest, NotFound, Conflict: the amount; no such budget; it takes no more.

    Effects:
        spend_balances, spend_ledger; a new epoch, in which what was used up is tried again.
    """
    if not 1 <= amount <= MOST:
        raise InvalidRequest.field("amount", f"must be 1 to {MOST}")
    found(tx, authorization_id)
    row = tx.one(
        _SQL["top_up"],
        authorization_id=authorization_id,
        amount=amount,
        act_id=act_id,
        actor=actor,
    )
    if row is None:
        raise Conflict(f"{authorization_id} takes no more: it has ended, or would hold too much")
    return int(row.granted)


def revoke(tx: Transaction, authorization_id: str, reason: str, actor: str) -> bool:
    """Let nothing more be paid from a budget; whether that was new.

    It goes on to decide for its scope: with a no. What is held comes to its end.

    Raises:
        NotFound: there is no such budget.

    Effects:
        spend_authorizations, spend_balances, spend_ledger.
    """
    found(tx, authorization_id)
    return _end(tx, authorization_id, "revoked", reason, actor)


def found(tx: Transaction | Database, authorization_id: str) -> Any:
    """A budget's terms and balance.

    Raises:
        NotFound: there is none.
    """
    row = tx.one(_SQL["get_authorization"], authorization_id=authorization_id)
    if row is None:
        raise NotFound(f"there is no authorization {authorization_id!r}")
    return row


def newest(tx: Transaction | Database, owner_key: str | None, limit: int) -> list[Any]:
    """Budgets with their balances, newest first."""
    return tx.all(_SQL["list_authorizations"], owner_key=owner_key, limit=limit)


def entries(tx: Transaction | Database, authorization_id: str, limit: int) -> list[Any]:
    """The newest entries of a budget's ledger, newest first."""
    return tx.all(_SQL["entries"], authorization_id=authorization_id, limit=limit)


def broken(tx: Transaction | Database, limit: int = 100) -> list[Broken]:
    """What does not hold in the books; reads all of them."""
    rows = tx.all(_SQL["broken_books"], limit=limit)
    return [Broken(row.authorization_id, row.promise) for row in rows]


def _end(tx: Transaction, authorization_id: str, status: str, reason: str, actor: str) -> bool:
    row = tx.one(
        _SQL["end_authorization"],
        authorization_id=authorization_id,
        status=status,
        reason=tx.sanitizer.text(reason),
        actor=actor,
    )
    return row is not None
