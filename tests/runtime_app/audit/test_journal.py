"""Acts as rows: written with the deed or not at all, in one order, found out when touched."""

import threading
from datetime import timedelta

import psycopg2
import pytest

from runtime_app.audit import journal
from runtime_app.audit.act import ACTS, Act, Actor
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from tests.support.postgres import Session, until_blocked
from tests.support.secrets import planted

ADA = Actor("ada", "cli")

# What somebody with the owner's rights may do once the trigger is off, and what is then found.
TAMPERED = {
    "a reason is changed": (
        "update runtime.operator_audit set reason = 'nothing' where seq = 2",
        (2, "row_hash does not follow from the row"),
    ),
    "an act is dropped": (
        "delete from runtime.operator_audit where seq = 2",
        (2, "missing: the next row stored is 3"),
    ),
    "the last act is dropped": (
        "delete from runtime.operator_audit where seq = 4",
        (4, "missing: the rows end here, the head is 4"),
    ),
    "all is gone": (
        "truncate runtime.operator_audit",
        (1, "missing: the rows end here, the head is 4"),
    ),
    "an act is forged": (
        "insert into runtime.operator_audit select 5, at, 'bob', role, key_id, act, target,"
        " arguments, reason, before, after, outcome, request_id, row_hash, row_hash"
        " from runtime.operator_audit where seq = 4",
        (5, "stored past the head, which is 4"),
    ),
    "the head is moved back with the rows": (
        "delete from runtime.operator_audit where seq = 4;"
        " update runtime.operator_audit_head set seq = 3",
        (3, "row_hash differs from the recorded chain head"),
    ),
}


def done(tx: Transaction, target: str, **fields: object) -> int:
    facts = {"name": "run.cancel", "actor": ADA, "reason": "a test", "target": target, **fields}
    return journal.record(tx, Act(**facts))  # type: ignore[arg-type]


def four(db: Database) -> None:
    for n in range(1, 5):
        with db.transaction() as tx:
            assert done(tx, f"run-{n}") == n


def test_an_act_is_stored_with_all_that_is_known_of_it(db: Database):
    act = Act(
        "token.mint",
        Actor("ada", "ops:act", "main"),
        "support case 7",
        target="run-1",
        arguments={"user_id": 42, "b": 1, "a": [1.0, None]},
        before={"n": 1},
        after={"n": 2},
        request_id="request-1",
    )
    with db.transaction() as tx:
        journal.record(tx, act)

    (entry,) = journal.latest(db)
    assert (entry.actor, entry.role, entry.key_id) == ("ada", "ops:act", "main")
    assert (entry.act, entry.target, entry.reason) == ("token.mint", "run-1", "support case 7")
    assert entry.arguments == '{"a":[1,null],"b":1,"user_id":42}'
    assert (entry.before, entry.after, entry.outcome) == ('{"n":1}', '{"n":2}', "done")
    assert entry.request_id == "request-1"
    assert journal.verify(db).flaw is None


def test_no_field_that_somebody_has_typed_keeps_a_credential(db: Database):
    key = planted()["model key"]
    act = Act("token.mint", Actor(key, "cli"), key, key, {"run_id": key}, {"n": key}, {"n": key})
    with db.transaction() as tx:
        journal.record(tx, act)

    (entry,) = journal.latest(db)
    assert key not in repr(entry)
    assert str(entry.target).startswith("[redacted:api_key:")
    assert journal.verify(db).flaw is None


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_an_act_without_a_reason_is_refused_by_the_room_and_by_the_database(
    db: Database, owner: Session, reason: str
):
    with pytest.raises(ValueError, match="needs a reason"), db.transaction() as tx:
        done(tx, "run-1", reason=reason)
    with pytest.raises(psycopg2.errors.CheckViolation):
        owner.rows(
            "select runtime.record_act('ada', 'cli', null, 'run.cancel', null, '{}', %(reason)s,"
            " null, null, 'done', null)",
            reason=reason,
        )
    assert journal.latest(db) == []


def test_what_is_no_act_cannot_be_recorded(db: Database):
    with pytest.raises(ValueError, match="add it to ACTS"), db.transaction() as tx:
        done(tx, "run-1", name="coffee.brew")
    assert all(doc.endswith(".") for doc in ACTS.values())


def test_an_act_that_is_undone_leaves_no_row_and_no_hole(db: Database):
    with db.transaction() as tx:
        done(tx, "run-1")
    with pytest.raises(ValueError, match="needs a reason"), db.transaction() as tx:
        done(tx, "run-2"), done(tx, "run-2", reason="")
    with db.transaction() as tx:
        assert done(tx, "run-3") == 2

    assert [entry.target for entry in journal.entries(db)] == ["run-1", "run-3"]
    assert journal.verify(db).flaw is None


def test_two_acts_at_once_are_put_in_order(db: Database, owner: Session):
    numbers: list[int] = []

    def second() -> None:
        with db.transaction() as tx:
            numbers.append(done(tx, "run-2"))

    other = threading.Thread(target=second)
    with db.transaction() as tx:
        numbers.append(done(tx, "run-1"))
        other.start()
        until_blocked(owner)
    other.join()

    assert numbers == [1, 2]
    assert journal.verify(db).flaw is None


def test_acts_are_found_by_key_actor_and_time_newest_first(db: Database):
    four(db)
    with db.transaction() as tx:
        done(tx, "run-5", actor=Actor("bob", "ops:act", "ops"))
    newest, *_ = journal.latest(db)
    later = newest.at + timedelta(microseconds=1)

    assert [entry.seq for entry in journal.latest(db)] == [5, 4, 3, 2, 1]
    assert [entry.seq for entry in journal.latest(db, limit=2)] == [5, 4]
    assert [entry.seq for entry in journal.latest(db, key_id="ops")] == [5]
    assert [entry.seq for entry in journal.latest(db, actor="ada")] == [4, 3, 2, 1]
    assert [entry.seq for entry in journal.latest(db, act="run.prune")] == []
    assert [entry.seq for entry in journal.latest(db, since=newest.at)] == [5]
    assert journal.latest(db, since=later) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update runtime.operator_audit set reason = 'x' where seq = 1",
        "delete from runtime.operator_audit where seq = 1",
        "delete from runtime.operator_audit where false",
        "truncate runtime.operator_audit",
    ],
)
def test_even_the_owner_changes_nothing_by_mistake(db: Database, owner: Session, statement: str):
    four(db)
    with pytest.raises(psycopg2.errors.RestrictViolation, match="is append-only"):
        owner.run(statement)


@pytest.mark.parametrize(("statement", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_on_purpose_is_found(
    db: Database, owner: Session, statement: str, expected: tuple[int, str]
):
    four(db)
    verdict = journal.verify(db)
    assert (verdict.checked_to, verdict.flaw) == (4, None)

    owner.run("alter table runtime.operator_audit disable trigger user")
    owner.run(statement)

    flaw = journal.verify(db).flaw
    assert flaw is not None
    assert (flaw.seq, flaw.reason) == expected


def test_no_act_yet_is_a_chain_that_holds(db: Database):
    verdict = journal.verify(db)
    assert (verdict.checked_to, verdict.head, verdict.flaw) == (0, "0" * 64, None)
