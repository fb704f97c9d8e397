"""Budgets for tests: made as the control plane makes them, in a transaction of the test's own."""

from typing import Any

from runtime_app import spend
from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.events import log
from runtime_app.spend import Answer, Asked, Intent, Reserved, Subject, reserve
from tests.support.api import fresh
from tests.support.postgres import Session

_GRANT = Query(
    "grant",
    "none",
    """
with made as (
  insert into runtime.spend_authorizations (
    authorization_id, owner_key, payer_type, scope_kind, scope_id, mode, unit, covers, max_total,
    max_per_call, max_per_day, threshold, constraints, on_exhausted, not_before, expires_at,
    terms_hash, created_by)
  values (
    %(authorization_id)s, %(owner_key)s, %(payer_type)s, %(scope_kind)s, %(scope_id)s, %(mode)s,
    %(unit)s, %(covers)s, %(max_total)s, %(max_per_call)s, %(max_per_day)s, %(threshold)s,
    %(constraints)s::jsonb, %(on_exhausted)s, clock_timestamp() - interval '2 days',
    clock_timestamp() + interval '9 days', 'test', 'test')
  returning *),
balance as (
  insert into runtime.spend_balances (
    authorization_id, granted, day, version, owner_key, unit, mode, not_before, expires_at,
    max_per_call, max_per_day, threshold)
  select authorization_id, max_total, (clock_timestamp() at time zone 'UTC')::date, 1, owner_key,
         unit, mode, not_before, expires_at, max_per_call, max_per_day, threshold
    from made
  returning *)
insert into runtime.spend_ledger (
  authorization_id, entry_no, kind, d_granted, granted, reserved, spent, overage, day, day_used,
  actor, at)
select authorization_id, 1, 'grant', granted, granted, 0, 0, 0, day, 0, 'test', clock_timestamp()
  from balance
""",
)


def grant(db: Database, scope_id: str, **terms: Any) -> str:
    """The id of an active authorization of user 42; `terms` override."""
    given: dict[str, Any] = {
        "authorization_id": fresh("auth"),
        "owner_key": "user:42",
        "payer_type": "user",
        "scope_kind": "run",
        "scope_id": scope_id,
        "mode": "delegated_budget",
        "unit": "msat",
        "covers": ["settlement"],
        "max_total": 1000,
        "max_per_call": 500,
        "max_per_day": None,
        "threshold": None,
        "constraints": "{}",
        "on_exhausted": "continue",
    }
    given |= terms
    with db.transaction() as tx:
        tx.execute(_GRANT, **given)
    return str(given["authorization_id"])


def reserved(
    db: Database, run_id: str, call_id: str, amount: int | None = 100, **more: Any
) -> Answer:
    """What a step's transaction gets that reserves and appends the answer's events."""
    asked = more.pop("asked", Asked())
    unit = more.pop("unit", "msat")
    purpose = more.pop("purpose", "settlement")
    intent = Intent(call_id, unit, amount, "local", purpose, args_hash="a" * 64, asked=asked)
    with db.transaction() as tx:
        answer = reserve(tx, Subject.run(run_id), intent, **more)
        if answer.events:
            log.append(tx, run_id, answer.events)
    return answer


def books(owner: Session, authorization_id: str) -> tuple[int, ...]:
    """reserved, spent, overage; after looking whether the ledger says the same."""
    [row] = owner.rows(
        "select granted, reserved, spent, overage, version from runtime.spend_balances"
        " where authorization_id = %(a)s",
        a=authorization_id,
    )
    [fold] = owner.rows(
        "select sum(d_granted), sum(d_reserved), sum(d_spent), sum(d_overage), max(entry_no),"
        " count(*) from runtime.spend_ledger where authorization_id = %(a)s",
        a=authorization_id,
    )
    assert row == fold[:5]
    assert fold[4] == fold[5]
    return tuple(row[1:4])


def types(db: Database, run_id: str) -> list[str]:
    with db.transaction() as tx:
        return [event.type for event in log.read_for_fold(tx, run_id)]


def held(answer: Any) -> Reserved:
    assert isinstance(answer, Reserved), answer
    return answer


def started(db: Database, answer: Reserved) -> spend.Moved:
    with db.transaction() as tx:
        return spend.start(tx, answer.reservation_id, attempt=answer.attempt, deadline_s=30)
