"""Verification of a stored log: what is whole passes, what was tampered with is found."""

from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import NotFound
from runtime_app.events import integrity, log
from runtime_app.events.catalog import Retention
from runtime_app.events.event import NewEvent
from runtime_app.events.hashchain import Break
from runtime_app.events.integrity import verify
from runtime_app.events.pruning import prune
from tests.support.postgres import Session
from tests.support.runs import append, delta, ended_run, finish, fresh_run, granted, progress

# What somebody with the owner's rights may do to event 4 of 7, and which event then is wrong.
TAMPERED = {
    "a payload is changed": (
        "update runtime.run_events set payload = replace(payload, '4', '5')"
        " where run_id = %(id)s and seq = 4",
        (4, "payload differs from its payload_hash"),
    ),
    "a payload is changed with its hash": (
        "update runtime.run_events set payload = replace(payload, '4', '5'),"
        " payload_hash = sha256(convert_to(replace(payload, '4', '5'), 'UTF8'))"
        " where run_id = %(id)s and seq = 4",
        (4, "event_hash does not follow from the event"),
    ),
    "a bit of a payload hash is flipped": (
        "update runtime.run_events set payload_hash = set_bit(payload_hash, 7,"
        " 1 - get_bit(payload_hash, 7)) where run_id = %(id)s and seq = 4",
        (4, "payload differs from its payload_hash"),
    ),
    "a bit of an event hash is flipped": (
        "update runtime.run_events set event_hash = set_bit(event_hash, 7,"
        " 1 - get_bit(event_hash, 7)) where run_id = %(id)s and seq = 4",
        (4, "event_hash does not follow from the event"),
    ),
    "a type is changed": (
        "update runtime.run_events set event_type = 'text.ended' where run_id = %(id)s and seq = 4",
        (4, "event_hash does not follow from the event"),
    ),
    "a version is changed": (
        "update runtime.run_events set event_version = 2 where run_id = %(id)s and seq = 4",
        (4, "event_hash does not follow from the event"),
    ),
    "a moment is changed by a microsecond": (
        "update runtime.run_events set occurred_at = occurred_at + interval '1 microsecond'"
        " where run_id = %(id)s and seq = 4",
        (4, "event_hash does not follow from the event"),
    ),
    "an event is forged past the head": (
        "insert into runtime.run_events select run_id, 8, event_type, event_version, event_class,"
        " payload, payload_hash, event_hash, event_hash, occurred_at, epoch, trace_id, request_id"
        " from runtime.run_events where run_id = %(id)s and seq = 7",
        (8, "stored past the head, which is 7"),
    ),
    "a payload that is kept for good is taken out": (
        "update runtime.run_events set payload = null where run_id = %(id)s and seq = 1",
        (1, "payload is gone, and that of run.accepted is kept for good"),
    ),
    "the same, under the class of what is not": (
        "update runtime.run_events set payload = null, event_class = 'delta'"
        " where run_id = %(id)s and seq = 1",
        (1, "payload is gone, and that of run.accepted is kept for good"),
    ),
    "an event is dropped": (
        "delete from runtime.run_events where run_id = %(id)s and seq = 4",
        (4, "missing: the next event stored is 5"),
    ),
    "the first event is dropped": (
        "delete from runtime.run_events where run_id = %(id)s and seq = 1",
        (1, "missing: the next event stored is 2"),
    ),
    "two events change places": (
        "update runtime.run_events set seq = seq + 100 where run_id = %(id)s and seq in (4, 5);"
        "update runtime.run_events set seq = 109 - seq where run_id = %(id)s and seq > 100",
        (4, "prev_hash is not the hash of the event before"),
    ),
    "the tail is cut off": (
        "delete from runtime.run_events where run_id = %(id)s and seq > 4",
        (5, "missing: the log ends here, its head is 7"),
    ),
    "all is gone": (
        "delete from runtime.run_events where run_id = %(id)s",
        (1, "missing: the log ends here, its head is 7"),
    ),
    "the tail is cut off and the head put back, but for its hash": (
        "with cut as (delete from runtime.run_events where run_id = %(id)s and seq > 4)"
        " update runtime.run_heads set seq = 4 where run_id = %(id)s",
        (4, "event_hash differs from the recorded chain head"),
    ),
    "the recorded chain head is changed": (
        "update runtime.run_heads set chain_head = sha256('') where run_id = %(id)s",
        (7, "event_hash differs from the recorded chain head"),
    ),
}


@pytest.fixture
def run_id(db: Database) -> str:
    """A run of seven events."""
    run_id = fresh_run(db)
    append(db, run_id, *[delta(str(n)) for n in range(2, 5)])
    append(db, run_id, *[delta(str(n)) for n in range(5, 8)])
    return run_id


def test_a_log_that_nobody_touched_verifies_up_to_its_head(db: Database, run_id: str):
    verdict = verify(db, run_id)
    head = log.head(db, run_id)

    assert head is not None
    assert (verdict.checked_from, verdict.checked_to, verdict.broken) == (1, 7, None)
    assert verdict.head == head.chain_head.hex()


def test_an_ended_log_verifies(db: Database):
    assert verify(db, ended_run(db)).broken is None


@pytest.mark.parametrize(("statement", "expected"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_is_found_at_the_first_event_that_is_wrong(
    db: Database, owner: Session, run_id: str, statement: str, expected: tuple[int, str]
):
    assert owner.run(statement, id=run_id) > 0

    verdict = verify(db, run_id)
    assert verdict.broken is not None
    assert (verdict.broken.seq, verdict.broken.reason) == expected


def test_an_event_taken_from_another_run_is_found(db: Database, owner: Session, run_id: str):
    other = fresh_run(db)
    append(db, other, *[delta(str(n)) for n in range(2, 8)])
    owner.run("delete from runtime.run_events where run_id = %(id)s and seq = 4", id=run_id)
    owner.run(
        "insert into runtime.run_events select %(id)s, seq, event_type, event_version,"
        " event_class, payload, payload_hash, prev_hash, event_hash, occurred_at, epoch"
        " from runtime.run_events where run_id = %(other)s and seq = 4",
        id=run_id,
        other=other,
    )

    verdict = verify(db, run_id)
    assert verdict.broken is not None
    assert verdict.broken.seq == 4


def test_tampering_with_one_run_leaves_the_others_whole(db: Database, owner: Session, run_id: str):
    other = fresh_run(db)
    owner.run("update runtime.run_events set payload = '{}' where run_id = %(id)s", id=run_id)

    assert verify(db, other).broken is None
    assert verify(db, run_id).broken is not None


def test_a_pruned_run_leaves_the_chain_whole(db: Database, run_id: str):
    append(db, run_id, progress("half"))
    finish(db, granted(db, run_id))
    assert prune(db, run_id, Retention.PROGRESS).events == 1
    assert verify(db, run_id).broken is None
    assert prune(db, run_id, Retention.DELTA).events == 6
    assert verify(db, run_id).broken is None


@pytest.mark.parametrize("what", [delta("x"), progress("x")], ids=["delta", "progress"])
def test_a_run_that_goes_on_loses_no_payload(
    db: Database, owner: Session, run_id: str, what: NewEvent
):
    append(db, run_id, what)
    taken = "update runtime.run_events set payload = null where run_id = %(id)s and seq = 8"
    assert owner.run(taken, id=run_id) == 1

    verdict = verify(db, run_id)
    assert verdict.broken == Break(8, "payload is gone, and a run that goes on loses none")


def test_a_delta_past_the_floor_is_not_gone_by_right(db: Database, owner: Session, run_id: str):
    finish(db, granted(db, run_id))
    taken = "update runtime.run_events set payload = null where run_id = %(id)s and seq = 5"
    assert owner.run(taken, id=run_id) == 1
    said = "payload is gone, and the floor, up to which deltas may go, is "
    assert verify(db, run_id).broken == Break(5, said + "0")

    owner.run("update runtime.run_heads set floor_seq = 4 where run_id = %(id)s", id=run_id)
    assert verify(db, run_id).broken == Break(5, said + "4")


def test_what_goes_while_it_is_looked_at_is_no_tampering(
    db: Database, monkeypatch: pytest.MonkeyPatch, run_id: str
):
    """The run ends and is pruned between the look at its head and the first page."""
    whole = integrity.head

    def then_all_goes(*args: Any) -> Any:
        found = whole(*args)
        monkeypatch.setattr(integrity, "head", whole)
        finish(db, granted(db, run_id))
        prune(db, run_id, Retention.DELTA)
        return found

    monkeypatch.setattr(integrity, "head", then_all_goes)
    assert verify(db, run_id).broken is None


def test_a_log_longer_than_a_page_verifies_page_by_page(db: Database, owner: Session):
    run_id = fresh_run(db)
    for _ in range(2 * integrity.PAGE // 250 + 1):
        append(db, run_id, *[delta("x")] * 250)
    last = 1 + 250 * (2 * integrity.PAGE // 250 + 1)
    assert verify(db, run_id).checked_to == last

    # Exactly at the seam between two pages.
    owner.run(
        "delete from runtime.run_events where run_id = %(id)s and seq = %(seq)s",
        id=run_id,
        seq=integrity.PAGE + 1,
    )
    verdict = verify(db, run_id)
    assert verdict.broken is not None
    assert (verdict.checked_to, verdict.broken.seq) == (integrity.PAGE, integrity.PAGE + 1)


@pytest.mark.parametrize("first", [1, 2])
def test_a_hole_that_is_longer_than_a_page_is_told_from_an_end(
    db: Database, owner: Session, first: int
):
    run_id = fresh_run(db)
    for _ in range(integrity.PAGE // 250 + 1):
        append(db, run_id, *[delta("x")] * 250)
    beyond = first + integrity.PAGE + 5
    owner.run(
        "delete from runtime.run_events"
        " where run_id = %(id)s and seq >= %(first)s and seq < %(beyond)s",
        id=run_id,
        first=first,
        beyond=beyond,
    )
    verdict = verify(db, run_id)
    assert verdict.broken is not None
    assert (verdict.broken.seq, verdict.broken.reason) == (
        first,
        f"missing: the next event stored is {beyond}",
    )


def test_a_run_that_is_not_there_is_not_found(db: Database):
    with pytest.raises(NotFound):
        verify(db, "nobody")
