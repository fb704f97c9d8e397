"""One budget under many connections: never more than was granted, and the books always hold."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from runtime_app import spend
from runtime_app.db.database import Database
from runtime_app.errors import Conflict
from runtime_app.spend import Denied, Reserved, Subject, authorizations
from tests.support.api import fresh
from tests.support.money import grant, reserved
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import fresh_run

THREADS = 8


def test_of_many_that_ask_at_once_as_many_are_held_as_fit(
    db: Database, owner: Session, threads: ThreadPoolExecutor
) -> None:
    runs = [fresh_run(db) for _ in range(THREADS)]
    auth = grant(db, "user:42", scope_kind="owner", max_total=1000)
    asked = [threads.submit(reserved, db, run_id, f"call-{n}") for run_id in runs for n in range(4)]
    answers = [each.result(PATIENCE_S) for each in asked]
    assert Counter(type(each) for each in answers) == {Reserved: 10, Denied: 22}
    assert {each.reason_code for each in answers if isinstance(each, Denied)} == {
        "policy_denied.budget_held"
    }
    assert authorizations.found(db, auth).reserved == 1000
    assert authorizations.broken(db) == []
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert owner.value(deadlocks) == 0


def test_the_same_call_asked_for_at_once_is_held_once(
    db: Database, threads: ThreadPoolExecutor
) -> None:
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    asked = [threads.submit(reserved, db, run_id, "call-1") for _ in range(THREADS)]
    answers = [each.result(PATIENCE_S) for each in asked]
    assert all(isinstance(each, Reserved) for each in answers)
    fresh_ones = [each for each in answers if isinstance(each, Reserved) and not each.replayed]
    assert len(fresh_ones) == 1
    assert authorizations.found(db, auth).reserved == 100


def test_who_waits_for_the_budget_sees_that_it_was_revoked_meanwhile(
    db: Database, owner: Session, threads: ThreadPoolExecutor
) -> None:
    run_id = fresh_run(db)
    auth = grant(db, run_id)
    with db.transaction() as tx:
        assert authorizations.revoke(tx, auth, "a test", "ada")
        waiting = threads.submit(reserved, db, run_id, "call-1")
        until_blocked(owner)
    answer = waiting.result(PATIENCE_S)
    assert isinstance(answer, Denied)
    assert answer.reason_code == "policy_denied.authorization_revoked"
    assert authorizations.found(db, auth).reserved == 0


def test_whatever_becomes_of_many_calls_the_books_hold(
    db: Database, threads: ThreadPoolExecutor
) -> None:
    auth = grant(db, "user:42", scope_kind="owner", max_total=5000)
    runs = [fresh_run(db) for _ in range(THREADS)]

    def work(seed: int) -> None:
        rng = Random(seed)
        for n in range(20):
            answer = reserved(db, runs[seed], f"call-{n}", amount=rng.randrange(1, 400))
            if isinstance(answer, Reserved):
                finish(db, answer, rng)
        with db.transaction() as tx:
            authorizations.top_up(tx, auth, seed + 1, fresh("act"), "ada")

    for worker in [threads.submit(work, seed) for seed in range(THREADS)]:
        worker.result(PATIENCE_S * 2)
    row = authorizations.found(db, auth)
    assert row.granted == 5000 + sum(range(1, THREADS + 1))
    assert row.reserved + row.spent <= row.granted
    assert authorizations.broken(db) == []


def finish(db: Database, held: Reserved, rng: Random) -> None:
    """One lawful way on for what is held, twice over; a step that is not lawful changes nothing."""
    rid, one = held.reservation_id, {"attempt": held.attempt}
    paid = {"actual": rng.randrange(0, 500), "correlation_id": fresh("pay")}
    way = rng.choice(["release", "commit", "unknown", "resolve", "keep"])
    with db.transaction() as tx:
        if way == "release":
            spend.release(tx, rid, **one)
        elif way != "keep":
            spend.start(tx, rid, deadline_s=30, **one)
    if way in ("unknown", "resolve"):
        with db.transaction() as tx:
            spend.unknown(tx, rid, **one)
    for _ in range(2):
        with db.transaction() as tx:
            if way == "commit":
                spend.commit(tx, rid, **one, **paid)
            elif way == "resolve":
                spend.resolve_commit(tx, rid, **one, **paid)
    if way == "keep":
        refuse_commit(db, rid, held.attempt)


def refuse_commit(db: Database, rid: str, attempt: int) -> None:
    """What was never started cannot have been paid."""
    try:
        with db.transaction() as tx:
            spend.commit(tx, rid, attempt=attempt, actual=1, correlation_id=fresh("pay"))
    except Conflict:
        return
    raise AssertionError("a commit of what was never started was booked")


def test_a_run_has_no_money_of_another_owner(db: Database) -> None:
    grant(db, "user:43", owner_key="user:43", scope_kind="owner")
    answer = reserved(db, fresh_run(db), "call-1")
    assert isinstance(answer, Denied)
    assert answer.reason_code == "policy_denied.authorization_missing"
    assert spend.resolve(db, Subject.prediction("p1", "user:42"), "msat") is None
