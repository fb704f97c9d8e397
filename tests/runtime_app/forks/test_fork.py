"""Where a run can be forked, and what a fork begins with."""

from datetime import UTC, datetime

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import Conflict
from runtime_app.events import log
from runtime_app.events.catalog import Retention
from runtime_app.events.event import Event
from runtime_app.events.integrity import verify
from runtime_app.events.pruning import prune
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.forks import fork as forks
from runtime_app.runs import store
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.runs import DEFAULTS, LIMITS, ORIGIN, events_after, fresh_run, post


def forked(db: Database, run_id: str, at: int | None = None) -> str:
    with db.transaction() as tx:
        now = datetime.now(UTC)
        return forks.fork(tx, run_id, forks.ForkRequest(at), DEFAULTS, now, ORIGIN, LIMITS).run_id


def events(db: Database, run_id: str) -> list[Event]:
    return list(log.read_for_fold(db, run_id))


def state(db: Database, run_id: str) -> RunState:
    return fold(RunState(run_id), events(db, run_id))


def answered(db: Database, recorder: RecordingDispatcher, *texts: str, **fields: str) -> str:
    """A run that has answered these messages."""
    run_id = fresh_run(db, **fields)
    with executor(db, recorder) as steps:
        for n, text in enumerate(texts):
            post(db, run_id, f"f{n}", text)
            steps.step(run_id)
    return run_id


def test_a_run_can_be_forked_wherever_no_step_is_under_way(
    db: Database, recorder: RecordingDispatcher
) -> None:
    run_id = answered(db, recorder, "hello")
    whole = {event.seq: event.type for event in events(db, run_id)}
    taken = set()
    for seq in range(1, max(whole) + 1):
        try:
            forked(db, run_id, seq)
        except Conflict as refused:
            nearest = int(refused.details[0].message.split()[-1])
            assert nearest == max(taken)
        else:
            taken.add(seq)
    assert {whole[seq] for seq in taken} == {
        "run.accepted",
        "frame.accepted",
        "run.started",
        "message.user",
        "step.finished",
        "run.finished",
    }


def test_a_fork_of_a_fork_has_all_of_the_conversation(
    db: Database, recorder: RecordingDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "PAGE", 2)
    run_id = answered(db, recorder, "one", "two", "three", mode="session")
    again = forked(db, forked(db, run_id))
    assert state(db, again).messages == state(db, run_id).messages
    assert [event.type for event in events(db, again)] == ["run.accepted", *["run.forked"] * 3]
    with executor(db, recorder) as steps:
        post(db, again, "f0", "four")
        assert steps.step(again) == "parked: input"
    assert [message.text for message in state(db, again).messages][-2:] == ["four", "four"]
    assert state(db, again).usage.steps == 1


def test_messages_that_waited_wait_again_under_their_names(
    db: Database, recorder: RecordingDispatcher
) -> None:
    run_id = fresh_run(db)
    for n in range(3):
        post(db, run_id, f"f{n}", f"say {n}")
    child = forked(db, run_id, 3)
    assert [item.frame_id for item in state(db, child).inbox] == ["f0", "f1"]
    assert post(db, child, "f1", "say 1").replayed
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "finished"  # the child comes after it, on the same thread
        assert steps.step(child) == "finished"
    said = [m.text for m in state(db, child).messages]
    assert said == ["say 0", "say 0", "say 1", "say 1"]


def test_a_pruned_run_is_forked_as_if_it_were_whole(
    db: Database, recorder: RecordingDispatcher
) -> None:
    run_id = answered(db, recorder, "hello")
    whole = state(db, run_id).messages
    assert prune(db, run_id, Retention.DELTA).events > 0
    pruned = [event for event in events_after(db, run_id) if event.pruned]
    assert {event.type for event in pruned} == {"text.delta"}
    (asked,) = [event.seq for event in events(db, run_id) if event.type == "message.user"]
    for at in (None, asked):
        child = forked(db, run_id, at)
        assert state(db, child).messages == whole[: None if at is None else 1]
        parent = events(db, child)[0].payload
        (told,) = log.read_links(db, run_id, parent["parent_seq"] - 1, 1)
        assert (parent["parent_run_id"], parent["parent_hash"]) == (run_id, told.event_hash.hex())
        assert verify(db, child).broken is None


def test_a_fork_belongs_where_its_parent_does(db: Database, recorder: RecordingDispatcher) -> None:
    run_id = answered(db, recorder, "hello", autopilot_id="pilot")
    child = forked(db, run_id)
    runs = [store.get(db, each) for each in (run_id, child)]
    assert len({(run.owner, run.thread_id, run.mode, run.model) for run in runs if run}) == 1
    assert store.autopilot_of(db, child) == "pilot"
