"""`oa-runtime spend`: budgets as an operator makes, reads and ends them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app import spend
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.spend import Intent, Subject
from tests.cli.budgets import AMOUNTS, REASON, new_budget
from tests.cli.conftest import Oa
from tests.support.api import Api, fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import session
from tests.support.sanitizer import SANITIZER


@pytest.fixture
def stack_db(stack_state: dict[str, Any]) -> Iterator[Database]:
    """The stack's own database; nobody is told of what is written here."""
    url = stack_state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    yield db
    db.close()


def shown(oa: Oa, budget: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(oa.ok("spend", "show", budget, "--json"))
    return found


def test_a_budget_is_made_filled_up_and_ended_and_each_has_its_entry(oa: Oa) -> None:
    budget = new_budget(oa)
    assert oa.ok("spend", "topup", budget, "234", *REASON).strip() == f"{budget}: 1234 granted"
    oa.ok("spend", "revoke", budget, *REASON)
    found = shown(oa, budget)
    assert (found["status"], found["granted"], found["max_total"]) == ("revoked", 1234, 1000)
    assert found["covers"] == ["settlement", "models"]
    assert [(each["entry_no"], each["kind"]) for each in found["ledger"]] == [
        (3, "close"),
        (2, "topup"),
        (1, "grant"),
    ]
    refused = oa("spend", "topup", budget, "1", *REASON)
    assert refused.code == 1
    assert "takes no more" in refused.err
    assert f"{budget}  revoked" in oa.ok("spend", "list", "--owner", "user:42", "--limit", "1000")


def test_a_scope_has_one_budget_until_it_is_replaced(oa: Oa) -> None:
    thread = fresh("t")
    scope = ("--owner", "user:42", "--scope", "thread", "--scope-id", thread)
    first = oa.ok("spend", "create", *scope, *AMOUNTS, *REASON).strip()
    refused = oa("spend", "create", *scope, *AMOUNTS, *REASON)
    assert refused.code == 1
    assert first in refused.err
    second = oa.ok("spend", "create", *scope, *AMOUNTS, *REASON, "--replace").strip()
    assert shown(oa, first)["status"] == "replaced"
    assert shown(oa, second)["status"] == "active"


def test_terms_that_cannot_be_kept_are_named(oa: Oa) -> None:
    scope = ("--owner", "nobody", "--unit", "msat", "--max-total", "-1", "--max-per-call", "1")
    limits = json.dumps({"tools": ["x"], "colour": 1, "max_unknown": 0})
    refused = oa("spend", "create", *scope, "--threshold", "1", "--constraints", limits, *REASON)
    assert refused.code == 1
    for field in ("owner_key", "max_total", "threshold", "constraints.tools", "constraints.colour"):
        assert field in refused.err
    assert "constraints.max_unknown must be 1 to 1000" in refused.err


def test_books_that_do_not_hold_are_told(oa: Oa, stack_state: dict[str, Any]) -> None:
    budget = new_budget(oa)
    assert oa.ok("spend", "check").strip() == "the books hold"
    change = (
        "update runtime.spend_balances set spent = spent + %(by)s where authorization_id = %(id)s"
    )
    with session(stack_state["owner_database_url"]) as rows:
        rows.run(change, by=7, id=budget)
        told = oa("spend", "check")
        rows.run(change, by=-7, id=budget)
    assert told.code == 1
    assert f"{budget}  broken: the balance is the fold of its ledger" in told.out
    assert oa.ok("spend", "check").strip() == "the books hold"


def test_what_a_run_would_be_told_is_said_and_nothing_is_held(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    asked = ("spend", "ask", run_id, "100", "--unit", "msat")
    assert oa.ok(*asked).strip() == "denied: policy_denied.authorization_missing"
    scope = ("--owner", "user:42", "--scope", "thread", "--scope-id", thread_id)
    limits = json.dumps({"tools": {"allow": ["l402.fetch"]}})
    made = ("spend", "create", *scope, *AMOUNTS, *REASON, "--constraints", limits)
    budget = oa.ok(*made).strip()
    assert oa.ok(*asked, "--tool", "l402.fetch").splitlines() == [
        "allowed: policy_allowed.default",
        f"by {budget}, 1000 msat left",
    ]
    denied = oa.ok(*asked, "--tool", "other").splitlines()[0]
    assert denied == "denied: policy_denied.tool_not_allowed"
    assert shown(oa, budget)["reserved"] == 0


def test_money_that_nobody_can_prove_is_booked_by_an_operator_on_evidence(
    oa: Oa, api: Api, stack_db: Database
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    scope = ("--owner", "user:42", "--scope", "run", "--scope-id", run_id)
    budget = oa.ok("spend", "create", *scope, *AMOUNTS, *REASON).strip()
    reservation = spend.reservation_id(Subject.run(run_id), "call-1")
    with stack_db.transaction() as tx:  # what a step tells of it is not this test's
        spend.reserve(tx, Subject.run(run_id), Intent("call-1", "msat", 100, "local"))
        spend.start(tx, reservation, attempt=1, deadline_s=60)
        spend.unknown(tx, reservation, attempt=1)
    known = ("--outcome", "committed", "--amount", "90", "--correlation", fresh("pay"))
    proof = ("--evidence", "https://pay.example/statement/1", *REASON)
    told = json.loads(oa.ok("spend", "resolve", reservation, *known, *proof))
    assert (told["spent"], told["settled_via"]) == (90, "operator")
    assert (shown(oa, budget)["reserved"], shown(oa, budget)["spent"]) == (0, 90)
    [event] = [e for e in api.events(run_id, thread_id) if e["type"] == "spend.reconciled"]
    assert event["payload"]["reason_code"] == "settlement.operator_resolved"
    again = oa("spend", "resolve", reservation, "--outcome", "released", *proof)
    assert again.code == 1
    assert "is committed" in again.err
