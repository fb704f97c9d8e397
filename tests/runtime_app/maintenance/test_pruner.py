"""Runs are pruned in the order of their ends, each class when its time has come, and once."""

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.events.pruning import Pruned, RetentionPolicy
from runtime_app.maintenance import pruner
from runtime_app.maintenance.pruner import due, prune_ended
from tests.support.postgres import PATIENCE_S, Session
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

DAY_S = 86_400.0
POLICY = RetentionPolicy(delta_s=30 * DAY_S, progress_s=DAY_S)
CLOCK = SystemClock()


def ended(db: Database, owner: Session, days_ago: float) -> str:
    """A run with three deltas and one progress that ended so long ago."""
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    append(db, run_id, delta("a"), delta("b"), progress(1), delta("c"), ended_text("abc"))
    finish(db, lease)
    owner.run(
        "update runtime.runs set terminal_at = now() - make_interval(secs => %(s)s)"
        " where run_id = %(id)s",
        id=run_id,
        s=days_ago * DAY_S,
    )
    return run_id


def left(db: Database, run_id: str) -> str:
    """The types that still have a payload, of those that are pruned: `d` and `p`."""
    kept = [event for event in events_after(db, run_id, 0) if not event.pruned]
    letters = {"text.delta": "d", "tool.progress": "p"}
    return "".join(letters.get(event.type, "") for event in kept)


def test_each_class_goes_when_its_age_is_over(db: Database, owner: Session):
    young, middle, old = (ended(db, owner, days) for days in (0.9, 1.1, 30.1))
    live = fresh_run(db)
    append(db, live, delta("x"))

    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 1 + 4
    assert [left(db, run_id) for run_id in (young, middle, old, live)] == ["ddpd", "ddd", "", "d"]


def test_a_second_sweep_passes_over_what_the_first_has_done(
    db: Database, owner: Session, monkeypatch: pytest.MonkeyPatch
):
    ended(db, owner, 40)
    ended(db, owner, 50)
    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 8

    looked = []
    monkeypatch.setattr(
        pruner.pruning, "prune", lambda _db, run_id, _class: looked.append(run_id) or Pruned()
    )
    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 0
    assert looked == []


def test_a_sweep_without_time_does_one_run_of_each_class_and_the_next_goes_on(
    db: Database, owner: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pruner, "BATCH", 2)
    runs = [ended(db, owner, days) for days in (50, 49, 48, 47, 46)]
    for n in range(1, 6):
        assert prune_ended(db, POLICY, CLOCK, spell_s=0) == 4
        assert [left(db, run_id) for run_id in runs] == [""] * n + ["ddpd"] * (5 - n)
    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 0


def test_a_lost_mark_costs_another_look_and_nothing_else(db: Database, owner: Session):
    run_id = ended(db, owner, 40)
    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 4
    owner.run("delete from runtime.retention_marks")

    assert prune_ended(db, POLICY, CLOCK, PATIENCE_S) == 0
    assert left(db, run_id) == ""
    assert owner.value("select count(*) from runtime.retention_marks") == 2


def test_a_mark_only_moves_forward(db: Database, owner: Session):
    """Two copies: the slower one comes last."""
    older, newer = ended(db, owner, 50), ended(db, owner, 40)
    prune_ended(db, POLICY, CLOCK, PATIENCE_S)
    at = owner.value("select terminal_at from runtime.runs where run_id = %(id)s", id=older)
    db.execute(pruner.SQL["move_mark"], event_class="delta", ended_at=at, run_id=older)
    marks = owner.rows("select distinct run_id from runtime.retention_marks")
    assert marks == [(newer,)]


def test_what_is_due_is_counted_without_being_touched(db: Database, owner: Session):
    run_id = ended(db, owner, 40)
    ended(db, owner, 2)
    counted = {each.retention.value: (each.runs, each.payloads.events) for each in due(db, POLICY)}
    assert counted == {"progress": (2, 2), "delta": (1, 3)}
    assert left(db, run_id) == "ddpd"
    assert owner.value("select count(*) from runtime.retention_marks") == 0
