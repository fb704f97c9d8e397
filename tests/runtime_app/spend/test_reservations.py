"""Money is held, paid and given back: one row, one entry and one event for each move."""

import pytest

from runtime_app import spend
from runtime_app.canonical import stable_hash, stored_loads
from runtime_app.db.database import Database
from runtime_app.errors import Conflict, NotFound, RunClosed
from runtime_app.events import log
from runtime_app.spend import Denied, Subject
from tests.support.money import books, grant, held, reserved, started, types
from tests.support.postgres import Session
from tests.support.runs import ended_run, fresh_run


def test_a_call_is_reserved_started_and_committed(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))

    assert books(owner, auth) == (100, 0, 0)
    assert [e.type for e in answer.events] == ["policy.decision", "spend.reserved"]
    assert (answer.ruling.budget_before, answer.ruling.budget_after) == (1000, 900)
    assert len(answer.provider_key) == 40
    assert answer.provider_key.startswith("oa1_")

    assert started(db, answer).events == ()
    with db.transaction() as tx:
        moved = spend.commit(
            tx, answer.reservation_id, attempt=1, actual=80, fee=2, correlation_id="p-1"
        )
        log.append(tx, run_id, moved.events)
    assert books(owner, auth) == (0, 80, 0)
    assert types(db, run_id)[1:] == ["policy.decision", "spend.reserved", "spend.committed"]
    receipt = answer.receipt() | moved.receipt()
    assert receipt["reason_code"] == "policy_allowed.default"
    assert (receipt["spent"], receipt["fee"], receipt["budget_after"]) == (80, 2, 920)


def test_what_was_decided_on_is_kept_and_gives_its_hash_again(db: Database, owner: Session):
    run_id = fresh_run(db)
    grant(db, run_id)
    ruling = held(reserved(db, run_id, "call-1")).ruling
    kept = owner.value(
        "select evaluated::text from runtime.spend_decisions where decision_id = %(d)s",
        d=ruling.decision_id,
    )
    assert stable_hash(stored_loads(kept)) == ruling.evaluation_hash
    with db.transaction() as tx:
        told = next(e for e in log.read_for_fold(tx, run_id) if e.type == "policy.decision")
    assert stable_hash(told.payload["evaluated"]) == told.payload["evaluation_hash"]


def test_the_same_call_again_gets_its_reservation_and_no_more_money(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    first = held(reserved(db, run_id, "call-1"))
    again = held(reserved(db, run_id, "call-1"))
    assert (again.replayed, again.reservation_id) == (True, first.reservation_id)
    assert books(owner, auth) == (100, 0, 0)
    other = spend.Intent("call-1", "msat", 100, "local", args_hash="b" * 64)
    with db.transaction() as tx:
        answer = spend.reserve(tx, Subject.run(run_id), other)
    assert isinstance(answer, Denied)
    assert answer.reason_code == "policy_denied.idempotency_conflict"


def test_more_than_was_reserved_is_overage(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    started(db, answer)
    with db.transaction() as tx:
        moved = spend.commit(tx, answer.reservation_id, attempt=1, actual=130, correlation_id="p-1")
    assert books(owner, auth) == (0, 100, 30)
    assert moved.over_policy
    assert moved.budget_after == 870


def test_what_was_released_may_be_reserved_three_times(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    for attempt in (1, 2, 3):
        answer = held(reserved(db, run_id, "call-1"))
        assert answer.attempt == attempt
        with db.transaction() as tx:
            spend.release(tx, answer.reservation_id, attempt=attempt)
        assert books(owner, auth) == (0, 0, 0)
    denied = reserved(db, run_id, "call-1")
    assert isinstance(denied, Denied)
    assert denied.reason_code == "policy_denied.denial_limit"


def test_an_unknown_outcome_holds_the_money_until_it_is_resolved(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    started(db, answer)
    with db.transaction() as tx:
        moved = spend.unknown(tx, answer.reservation_id, attempt=1)
    assert [e.type for e in moved.events] == ["spend.reconcile_required"]
    assert books(owner, auth) == (100, 0, 0)
    denied = reserved(db, run_id, "call-1")
    assert isinstance(denied, Denied)
    assert denied.reason_code == "policy_denied.outcome_unresolved"

    with db.transaction() as tx:
        moved = spend.resolve_commit(
            tx, answer.reservation_id, attempt=1, actual=70, correlation_id="p-9"
        )
        again = spend.resolve_commit(
            tx, answer.reservation_id, attempt=1, actual=70, correlation_id="p-9"
        )
    assert [e.payload["outcome"] for e in moved.events] == ["committed"]
    assert (again.outcome, again.events) == ("repeated", ())
    assert books(owner, auth) == (0, 70, 0)


def test_late_truth_and_a_refund(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    started(db, answer)
    rid = answer.reservation_id
    with db.transaction() as tx:
        spend.release(tx, rid, attempt=1, proven=True)
        spend.late_truth(tx, rid, attempt=1, actual=40, correlation_id="p-1")
    assert books(owner, auth) == (0, 0, 40)
    other = held(reserved(db, run_id, "call-2"))
    started(db, other)
    with db.transaction() as tx:
        spend.commit(tx, other.reservation_id, attempt=1, actual=100, correlation_id="p-2")
        spend.refund(tx, other.reservation_id, attempt=1, amount=60, actor="ada")
        with pytest.raises(Conflict, match="1 to what is left"):
            spend.refund(tx, other.reservation_id, attempt=1, amount=41, actor="ada")
    assert books(owner, auth) == (0, 40, 40)


def test_moves_that_the_table_lacks_are_refused(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    rid = answer.reservation_id
    with db.transaction() as tx, pytest.raises(Conflict, match="is reserved: commit"):
        spend.commit(tx, rid, attempt=1, actual=1, correlation_id="p")
    with db.transaction() as tx, pytest.raises(Conflict, match="attempt 1, not 2"):
        spend.start(tx, rid, attempt=2, deadline_s=1)
    started(db, answer)
    with db.transaction() as tx, pytest.raises(Conflict, match="is executing: release"):
        spend.release(tx, rid, attempt=1)
    with db.transaction() as tx, pytest.raises(NotFound):
        spend.start(tx, "none", attempt=1, deadline_s=1)
    assert books(owner, auth) == (100, 0, 0)


def test_a_correlation_id_stands_for_one_payment(db: Database):
    run_id = fresh_run(db)
    grant(db, run_id)
    first, second = (held(reserved(db, run_id, call)) for call in ("call-1", "call-2"))
    for answer in (first, second):
        started(db, answer)
    with db.transaction() as tx:
        spend.commit(tx, first.reservation_id, attempt=1, actual=1, correlation_id="p")
        with pytest.raises(spend.CorrelationTaken):
            spend.commit(tx, second.reservation_id, attempt=1, actual=1, correlation_id="p")


def test_a_start_after_a_revoke_gives_the_money_back(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    owner.run("update runtime.spend_authorizations set status = 'revoked'")
    owner.run("update runtime.spend_balances set active = false")
    moved = started(db, answer)
    assert (moved.outcome, moved.state) == ("refused", "released")
    assert moved.reason_code == "policy_denied.authorization_revoked"
    assert [e.type for e in moved.events] == ["spend.released"]
    assert books(owner, auth) == (0, 0, 0)


def test_after_the_runs_end_money_is_booked_and_not_told(db: Database, owner: Session):
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    answer = held(reserved(db, run_id, "call-1"))
    started(db, answer)
    with pytest.raises(RunClosed):
        reserved(db, ended_run(db), "call-1")
    owner.run("update runtime.run_heads set closed_seq = seq where run_id = %(r)s", r=run_id)
    with db.transaction() as tx:
        moved = spend.commit(tx, answer.reservation_id, attempt=1, actual=9, correlation_id="p")
    assert moved.late
    assert moved.events == ()
    assert books(owner, auth) == (0, 9, 0)
