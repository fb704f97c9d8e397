"""What a call for money is told, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from runtime_app import spend
from runtime_app.db.database import Database
from runtime_app.spend import Asked, Denied, NeedsApproval, Reserved, Subject, Unbudgeted
from tests.support.money import books, grant, held, reserved, types
from tests.support.postgres import Session
from tests.support.runs import fresh_run


@pytest.mark.parametrize(
    ("terms", "ask", "reason"),
    [
        ({"scope_kind": "thread", "scope_id": "other"}, {}, "authorization_missing"),
        ({"unit": "usd_micros"}, {}, "unit_mismatch"),
        ({"covers": ["models"]}, {}, "scope_mismatch"),
        ({"mode": "deny"}, {}, "explicit_deny"),
        ({"constraints": '{"tools": {"allow": ["x"]}}'}, {}, "tool_not_allowed"),
        ({}, {"amount": None}, "amount_unknown"),
        ({}, {"amount": 501}, "over_per_call"),
        ({"max_per_day": 99}, {}, "over_per_day"),
        ({"max_total": 99}, {}, "budget_exhausted"),
        ({"owner_key": "user:7"}, {}, "authorization_missing"),
    ],
)
def test_no_has_a_reason(db: Database, terms: dict[str, Any], ask: dict[str, Any], reason: str):
    run_id = fresh_run(db)
    grant(db, terms.pop("scope_id", run_id), **terms)
    answer = reserved(db, run_id, "call-1", asked=Asked(tool="l402.fetch"), **ask)
    assert isinstance(answer, Denied)
    assert answer.reason_code == f"policy_denied.{reason}"
    assert answer.receipt()["reserved"] == 0
    assert types(db, run_id)[1] == "policy.decision"


def test_the_narrowest_scope_decides_even_when_it_says_no(db: Database, owner: Session):
    run_id = fresh_run(db, autopilot_id="pilot")
    everywhere = grant(db, "user:42", scope_kind="owner")
    assert held(reserved(db, run_id, "call-1")).ruling.authorization_id == everywhere
    pilot = grant(db, "pilot", scope_kind="autopilot")
    assert held(reserved(db, run_id, "call-2")).ruling.authorization_id == pilot
    thread = grant(db, "thread-1", scope_kind="thread")
    assert held(reserved(db, run_id, "call-3")).ruling.authorization_id == thread
    mine = grant(db, run_id)
    assert held(reserved(db, run_id, "call-4")).ruling.authorization_id == mine

    ends = {
        "revoked": ("active = false", "authorization_revoked"),
        "frozen": ("active = false", "authorization_frozen"),
        "active": ("active = true, expires_at = clock_timestamp()", "authorization_expired"),
    }
    for number, (status, (bits, reason)) in enumerate(ends.items()):
        owner.run(
            "with a as (update runtime.spend_authorizations set status = %(s)s"
            f" where authorization_id = %(a)s) update runtime.spend_balances set {bits}"
            " where authorization_id = %(a)s",
            s=status,
            a=mine,
        )
        answer = reserved(db, run_id, f"call-{number + 5}")
        assert isinstance(answer, Denied)
        assert answer.reason_code == f"policy_denied.{reason}"


def test_what_is_used_up_is_told_once_and_not_tried_again(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id, max_total=150)
    reserved(db, run_id, "call-1")
    held_back = reserved(db, run_id, "call-2")
    assert isinstance(held_back, Denied)
    assert held_back.reason_code == "policy_denied.budget_held"
    answer = reserved(db, run_id, "call-3", amount=151)
    assert isinstance(answer, Denied)
    assert answer.reason_code == "policy_denied.budget_exhausted"
    assert [e.type for e in answer.events] == ["policy.decision", "policy.budget_exhausted"]
    small = reserved(db, run_id, "call-4", amount=1)
    assert isinstance(small, Denied)
    assert [e.type for e in small.events] == ["policy.decision"]
    with db.transaction() as tx:
        [latch] = spend.latches(tx, Subject.run(run_id))
    assert (latch.authorization_id, latch.epoch) == (auth, "g1")


def test_a_day_begins_at_midnight_of_utc(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id, max_per_day=150)
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    first = held(reserved(db, run_id, "call-1", at=noon))
    denied = reserved(db, run_id, "call-2", at=noon)
    assert isinstance(denied, Denied)
    assert denied.reason_code == "policy_denied.budget_held"
    tomorrow = noon + timedelta(hours=12)
    held(reserved(db, run_id, "call-3", at=tomorrow))
    with db.transaction() as tx:
        spend.release(tx, first.reservation_id, attempt=1, at=tomorrow)
    used = owner.value(
        "select day_used from runtime.spend_balances where authorization_id = %(a)s", a=auth
    )
    assert used == 100


def test_who_is_asked_and_says_yes_is_asked_once(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id, mode="delegated_budget_with_threshold", threshold=99)
    assert isinstance(reserved(db, run_id, "call-0", amount=99), Reserved)
    asked = reserved(db, run_id, "call-1")
    assert isinstance(asked, NeedsApproval)
    assert asked.reason_code == "policy_needs.threshold_approval"
    assert isinstance(again := reserved(db, run_id, "call-1"), NeedsApproval)
    assert again.events == ()
    owner.run(
        "insert into runtime.approvals (approval_id, run_id, kind, tool_call_id, authorization_id,"
        " args_hash, max_amount, unit, state, expires_at) values ('ap-1', %(r)s, 'spend', 'call-1',"
        " %(a)s, repeat('a', 64), 100, 'msat', 'approved', now() + interval '1 h')",
        r=run_id,
        a=auth,
    )
    refused = reserved(db, run_id, "call-2", approval_id="ap-1")
    assert isinstance(refused, Denied)
    assert refused.reason_code == "policy_denied.approval_denied"
    answer = held(reserved(db, run_id, "call-1", approval_id="ap-1"))
    assert answer.receipt()["reason_code"] == "policy_allowed.approved"
    assert answer.receipt()["approval_id"] == "ap-1"
    assert owner.value("select state from runtime.approvals") == "consumed"


def test_models_without_a_budget_cost_nothing_and_with_one_they_need_a_price(db: Database):
    run_id = fresh_run(db)
    assert isinstance(reserved(db, run_id, "p:1", unit="usd_micros", purpose="models"), Unbudgeted)
    grant(db, run_id, unit="usd_micros", covers=["models"])
    unpriced = reserved(db, run_id, "p:1", None, unit="usd_micros", purpose="models")
    assert isinstance(unpriced, Denied)
    assert unpriced.reason_code == "policy_denied.amount_unknown"
    held(reserved(db, run_id, "p:2", unit="usd_micros", purpose="models"))


def test_maintenance_pays_for_what_nobody_has_asked_for(db: Database):
    grant(
        db,
        "system:maintenance",
        owner_key="system:maintenance",
        payer_type="system",
        scope_kind="owner",
        unit="usd_micros",
        covers=["models"],
    )
    intent = spend.Intent("roll:1", "usd_micros", 5, "models", "models")
    with db.transaction() as tx:
        answer = held(spend.reserve(tx, Subject.maintenance("job-1"), intent))
        assert spend.find(tx, answer.reservation_id) is not None
        standing = spend.resolve(tx, Subject.maintenance("job-1"), "usd_micros", purpose="models")
    assert standing is not None
    assert standing.headroom == 995
    assert answer.ruling.reason_code == "policy_allowed.maintenance"


def test_a_check_holds_nothing(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    with db.transaction() as tx:
        ruling = spend.check(tx, Subject.run(run_id), spend.Intent("c", "msat", 100, "local"))
    assert ruling is not None
    assert ruling.decision == spend.Decision.ALLOWED
    assert books(owner, auth) == (0, 0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "update runtime.spend_ledger set spent = 1",
        "delete from runtime.spend_ledger",
        "truncate runtime.spend_ledger",
        "delete from runtime.spend_reservations",
        "update runtime.spend_authorizations set max_total = 5000",
        "delete from runtime.spend_authorizations",
        "delete from runtime.runs",
        "update runtime.spend_balances set spent = 5000",
        "update runtime.spend_balances set reserved = -1",
    ],
)
def test_not_even_the_owner_rewrites_the_books(db: Database, owner: Session, statement: str):
    run_id = fresh_run(db)
    grant(db, run_id)
    reserved(db, run_id, "call-1")
    with pytest.raises(psycopg2.Error, match=r"append-only|never change|violates"):
        owner.run(statement)
