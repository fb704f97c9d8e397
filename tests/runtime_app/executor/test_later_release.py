"""What a later release has written is neither misread nor made an end of by an earlier one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import StepRun
from runtime_app.events.catalog import CATALOG, EventSpec, Retention
from runtime_app.events.event import NewEvent
from runtime_app.leases import store as leases
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.runs import store
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.runs import append, events_after, fresh_run, granted, post

#: The catalogue of the later release: a type of its own, and messages of another shape.
LATER = {
    "run.reviewed": EventSpec(Retention.CONTROL, "executor", {"by": "text"}),
    "frame.accepted": replace(CATALOG["frame.accepted"], version=2),
}


def review(db: Database, run_id: str) -> None:
    append(db, run_id, NewEvent("run.reviewed", {"by": "somebody"}))


def say(db: Database, run_id: str) -> None:
    post(db, run_id, "f2", "and again")


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (review, "'run.reviewed' in version 1, and this release knows no such type"),
        (say, "'frame.accepted' in version 2, and this release knows it up to version 1"),
    ],
)
def test_a_run_is_left_to_a_release_that_can_read_it(
    db: Database,
    recorder: RecordingDispatcher,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    write: Callable[[Database, str], None],
    why: str,
) -> None:
    run_id = fresh_run(db)
    post(db, run_id, "f1")
    with monkeypatch.context() as later:
        for name, spec in LATER.items():
            later.setitem(CATALOG, name, spec)
        write(db, run_id)
    before = events_after(db, run_id)
    recorder.jobs.clear()

    with executor(db, recorder, code_version="earlier") as steps:
        assert steps.step(run_id) == "left to a later release"
    assert why in caplog.text
    assert f"event {before[-1].seq} is " in caplog.text
    assert events_after(db, run_id) == before
    run = store.get(db, run_id)
    assert run is not None
    assert not run.closed
    assert recorder.jobs == []
    sweep_wakeups(db)
    assert StepRun(run_id) in recorder.jobs

    with monkeypatch.context() as later, executor(db, recorder, "two", code_version="later") as two:
        for name, spec in LATER.items():
            later.setitem(CATALOG, name, spec)
        assert two.step(run_id) == "finished"
    assert [e.type for e in events_after(db, run_id)].count("run.finished") == 1


def test_one_that_is_met_in_the_middle_lets_go_of_the_lease(
    db: Database, recorder: RecordingDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = fresh_run(db, model="scripted/tools?calls=1&parallel=1")
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "parked: tools"
        with monkeypatch.context() as later:
            for name, spec in LATER.items():
                later.setitem(CATALOG, name, spec)
            review(db, run_id)
        assert steps.step(run_id) == "left to a later release"
    leases.release(db, granted(db, run_id, "two"))  # nobody holds it
