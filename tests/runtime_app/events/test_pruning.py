"""What only readers need goes once its run has ended; all else stays, and so does the chain."""

from dataclasses import dataclass

import psycopg2
import pytest

from runtime_app.db.database import Database
from runtime_app.events import log, pruning
from runtime_app.events.catalog import CATALOG, READERS_ONLY, Retention
from runtime_app.events.event import Event
from runtime_app.events.integrity import verify
from runtime_app.events.pruning import Pruned, RetentionPolicy, prunable, prune
from tests.support.postgres import Session, session
from tests.support.runs import (
    append,
    delta,
    ended_text,
    events_after,
    finish,
    fresh_run,
    granted,
    progress,
)

PRUNED_CLASSES = set(READERS_ONLY)


@dataclass(frozen=True)
class Told:
    """A run of eleven events: accepted, told, ended."""

    run_id: str
    before: list[Event]


@pytest.fixture
def told(db: Database) -> Told:
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    append(db, run_id, *[delta(f"piece {n}") for n in range(4)], ended_text("whole"))
    append(db, run_id, progress({"at": 1}), delta("last"), progress({"at": 2}), ended_text("end"))
    finish(db, lease)
    return Told(run_id, events_after(db, run_id, 0))


def pruned_seqs(db: Database, run_id: str) -> set[int]:
    return {event.seq for event in events_after(db, run_id, 0) if event.pruned}


def test_pruned_deltas_move_the_floor_to_the_last_of_them(db: Database, owner: Session, told: Told):
    seqs = [event.seq for event in told.before if event.type == "text.delta"]

    done = prune(db, told.run_id, Retention.DELTA)

    assert done.events == len(seqs) == 5
    assert done.payload_bytes > 0
    assert pruned_seqs(db, told.run_id) == set(seqs)
    head = log.head(db, told.run_id)
    assert head is not None
    assert head.floor_seq == seqs[-1]
    [(floor_hash, event_hash)] = owner.rows(
        "select h.floor_hash, e.event_hash from runtime.run_heads h"
        " join runtime.run_events e on e.run_id = h.run_id and e.seq = h.floor_seq"
        " where h.run_id = %(id)s",
        id=told.run_id,
    )
    assert bytes(floor_hash) == bytes(event_hash)


def test_pruned_progress_leaves_the_floor_where_it_is(db: Database, told: Told):
    assert prune(db, told.run_id, Retention.PROGRESS).events == 2

    assert pruned_seqs(db, told.run_id) == {7, 9}
    head = log.head(db, told.run_id)
    assert head is not None
    assert head.floor_seq == 0


def test_everything_but_the_payload_is_as_it_was_and_the_chain_holds(db: Database, told: Told):
    links = log.read_links(db, told.run_id, 0, 1000)
    for retention in PRUNED_CLASSES:
        prune(db, told.run_id, retention)

    after = log.read_links(db, told.run_id, 0, 1000)
    assert [
        (link.seq, link.type, link.occurred_at, link.payload_hash, link.event_hash)
        for link in after
    ] == [
        (link.seq, link.type, link.occurred_at, link.payload_hash, link.event_hash)
        for link in links
    ]
    verdict = verify(db, told.run_id)
    assert (verdict.checked_to, verdict.broken) == (11, None)


def test_the_fold_reads_the_same_before_and_after(db: Database, told: Told):
    before = list(log.read_for_fold(db, told.run_id))
    for retention in PRUNED_CLASSES:
        prune(db, told.run_id, retention)
    assert list(log.read_for_fold(db, told.run_id)) == before
    assert not any(event.pruned for event in before)


def test_nothing_of_a_live_run_goes(db: Database, owner: Session):
    run_id = fresh_run(db)
    append(db, run_id, delta("x"), progress(1), ended_text("x"))
    for retention in PRUNED_CLASSES:
        assert prunable(db, run_id, retention) == Pruned()
        assert prune(db, run_id, retention) == Pruned()
    seqs = "select runtime.prune_payloads(%(id)s, %(of)s, array[1, 2, 3, 4])"
    owner.run("update runtime.run_heads set floor_seq = 4 where run_id = %(id)s", id=run_id)
    assert [owner.value(seqs, id=run_id, of=each.value) for each in PRUNED_CLASSES] == [0, 0]
    assert pruned_seqs(db, run_id) == set()


def test_what_would_go_is_what_goes_and_then_nothing_is_left(db: Database, told: Told):
    for retention in PRUNED_CLASSES:
        expected = prunable(db, told.run_id, retention)
        assert expected.events > 0
        assert prune(db, told.run_id, retention) == expected
        assert prunable(db, told.run_id, retention) == Pruned()
        assert prune(db, told.run_id, retention) == Pruned()


def test_a_run_is_pruned_in_batches_whatever_their_size(
    db: Database, told: Told, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pruning, "BATCH", 2)
    assert prune(db, told.run_id, Retention.DELTA).events == 5
    assert verify(db, told.run_id).broken is None


def test_what_was_broken_off_is_taken_up_by_the_next(db: Database, owner: Session, told: Told):
    """As a kill leaves it after the floor has moved and one batch is through."""
    owner.run("update runtime.run_heads set floor_seq = 8 where run_id = %(id)s", id=told.run_id)
    some = "select runtime.prune_payloads(%(id)s, 'delta', array[2, 3])"
    assert owner.value(some, id=told.run_id) == 2

    assert prune(db, told.run_id, Retention.DELTA).events == 3
    assert len(pruned_seqs(db, told.run_id)) == 5


def test_the_door_refuses_what_is_kept_and_what_a_reader_may_begin_before(
    db: Database, app_url: str, told: Told
):
    all_seqs = [event.seq for event in told.before]
    door = "select runtime.prune_payloads(%(id)s, %(of)s, %(seqs)s::bigint[])"
    with session(app_url) as app:
        for kept in set(Retention) - PRUNED_CLASSES:
            assert app.value(door, id=told.run_id, of=kept.value, seqs=all_seqs) == 0
        assert app.value(door, id=told.run_id, of="delta", seqs=all_seqs) == 0  # the floor is 0
        assert app.value(door, id="nobody", of="delta", seqs=all_seqs) == 0
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            app.run("update runtime.run_events set payload = null")
    assert pruned_seqs(db, told.run_id) == set()


def test_the_classes_with_an_age_are_those_that_the_fold_never_reads():
    assert RetentionPolicy().ages_s.keys() == PRUNED_CLASSES
    read = {name for name, spec in CATALOG.items() if spec.retention in PRUNED_CLASSES}
    assert read == {"text.delta", "reasoning.delta", "tool.progress"}
