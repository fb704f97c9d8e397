"""Executors that died are found from the rows alone."""

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.leases import store as leases
from runtime_app.maintenance import janitor
from runtime_app.maintenance.janitor import recover_runs
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.runs import SLOTS, acquire, events_after, fresh_run, granted


def types(db: Database, run_id: str) -> list[str]:
    return [event.type for event in events_after(db, run_id, 1)]


def test_every_loss_is_declared_and_its_run_asked_to_go_on(
    db: Database, recorder: RecordingDispatcher
):
    dead = [granted(db, fresh_run(db), ttl_s=0).run_id for _ in range(3)]
    alive = granted(db, fresh_run(db)).run_id
    idle = fresh_run(db)

    assert recover_runs(db, SLOTS) == 3
    assert [types(db, run_id) for run_id in dead] == [["run.executor_lost"]] * 3
    assert types(db, alive) == types(db, idle) == []
    assert sorted(job.run_id for job in recorder.jobs) == sorted(dead)
    assert all(acquire(db, run_id).outcome == "granted" for run_id in dead)


def test_a_second_sweep_finds_nothing(db: Database, recorder: RecordingDispatcher):
    run_id = granted(db, fresh_run(db), ttl_s=0).run_id

    assert [recover_runs(db, SLOTS) for _ in range(3)] == [1, 0, 0]
    assert types(db, run_id) == ["run.executor_lost"]
    assert recorder.jobs == [StepRun(run_id)]


def test_a_sweep_is_bounded_and_the_next_goes_on(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(janitor, "BATCH", 2)
    for _ in range(3):
        granted(db, fresh_run(db), ttl_s=0)

    assert [recover_runs(db, SLOTS) for _ in range(3)] == [2, 1, 0]


def test_a_run_that_cannot_be_seen_to_is_in_no_other_runs_way(db: Database, owner: Session):
    first, second = (granted(db, fresh_run(db), ttl_s=0).run_id for _ in range(2))
    owner.run(
        f"alter table runtime.run_leases add check (run_id <> '{first}' or owner is not null)"
    )

    assert [recover_runs(db, SLOTS) for _ in range(2)] == [1, 0]
    assert (types(db, first), types(db, second)) == ([], ["run.executor_lost"])


def test_a_holder_that_renewed_between_the_look_and_the_deed_keeps_its_run(db: Database):
    lease = granted(db, fresh_run(db), ttl_s=0)
    assert leases.expired(db, 10) == [lease.run_id]
    leases.renew(db, [lease], leases.LeasePolicy(ttl_s=20))

    assert recover_runs(db, SLOTS) == 0
    assert types(db, lease.run_id) == []
