"""Checkpoints spare a long fold and decide nothing: without them all goes on as it would have."""

import json
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.executor import checkpoints
from runtime_app.fold import state_codec
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.leases.loss import declare_lost
from runtime_app.observability import telemetry
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import SLOTS, cancel, finish_in, fresh_run, granted, post

TURNS = 4


@pytest.fixture(autouse=True)
def every_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 10)


@pytest.fixture
def run_id(db: Database, recorder: RecordingDispatcher) -> str:
    """A session that has answered a few messages, each by another executor."""
    run_id = fresh_run(db, mode="session")
    for n in range(TURNS):
        answer(db, recorder, run_id, f"f{n}")
    return run_id


def answer(db: Database, recorder: RecordingDispatcher, run_id: str, frame_id: str) -> None:
    post(db, run_id, frame_id)
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "parked: input"


def next_turn(db: Database, recorder: RecordingDispatcher, run_id: str) -> int:
    """The number that the next turn gets."""
    answer(db, recorder, run_id, "next")
    started = [e for e in log.read_for_fold(db, run_id) if e.type == "turn.started"]
    return int(started[-1].payload["turn"])


def keep(db: Database, state: RunState) -> None:
    """Leave one as the executor does that was granted the run last."""
    head = log.head(db, state.run_id)
    assert head is not None
    checkpoints.keep(db, state, head.epoch)


def whole(db: Database, run_id: str) -> RunState:
    return fold(RunState(run_id), log.read_for_fold(db, run_id))


def kept(owner: Session, run_id: str) -> list[tuple[int, str]]:
    return owner.rows(
        "select seq, state from runtime.run_checkpoints where run_id = %(id)s", id=run_id
    )


def change(owner: Session, run_id: str, statement: str, **params: object) -> None:
    where = " where run_id = %(id)s"
    assert owner.run(f"update runtime.run_checkpoints {statement}{where}", id=run_id, **params) == 1


def test_one_checkpoint_follows_the_log_at_a_distance(db: Database, owner: Session, run_id: str):
    [(seq, text)] = kept(owner, run_id)
    head = log.head(db, run_id)
    assert head is not None
    assert head.seq - checkpoints.EVERY < seq <= head.seq
    events = log.read_for_fold(db, run_id)
    assert state_codec.decode(text) == fold(RunState(run_id), (e for e in events if e.seq <= seq))


def test_an_executor_begins_where_the_checkpoint_stands(
    db: Database, recorder: RecordingDispatcher, owner: Session, run_id: str
):
    """Shown by one that says something else than the log."""
    [(_, text)] = kept(owner, run_id)
    other = json.dumps({**json.loads(text), "turn": 41})
    change(owner, run_id, "set state = %(other)s", other=other)
    assert next_turn(db, recorder, run_id) == 42


@pytest.mark.parametrize(
    "statement",
    [
        "set state_version = 2147483647, state = replace(state, '\"turn\":', '\"turn\":4')",
        "set chain_head = sha256(''), state = replace(state, '\"turn\":', '\"turn\":4')",
        "set state = 'no state'",
        "set state = '{}'",
    ],
    ids=["of a newer release", "of another log", "not to be read", "not a state"],
)
def test_a_checkpoint_that_cannot_be_used_changes_nothing(
    db: Database, recorder: RecordingDispatcher, owner: Session, run_id: str, statement: str
):
    change(owner, run_id, statement)
    assert next_turn(db, recorder, run_id) == TURNS + 1


def test_a_wait_that_began_before_the_checkpoint_is_measured(
    db: Database, recorder: RecordingDispatcher, run_id: str
):
    post(db, run_id, "waits")
    keep(db, whole(db, run_id))
    heard: Counter[str] = Counter()

    def hear(name: str, _value: float, _labels: Mapping[str, str]) -> None:
        heard[name] += 1

    telemetry.subscribe(hear)
    try:
        with executor(db, recorder) as steps:
            assert steps.step(run_id) == "parked: input"
    finally:
        telemetry.unsubscribe(hear)
    assert heard["frame.taken"] == 1


def test_without_any_all_goes_on_and_there_is_one_again(
    db: Database, recorder: RecordingDispatcher, owner: Session, run_id: str
):
    owner.run("delete from runtime.run_checkpoints")
    assert next_turn(db, recorder, run_id) == TURNS + 1
    assert len(kept(owner, run_id)) == 1


def test_one_of_a_newer_release_is_left_to_it(
    db: Database, recorder: RecordingDispatcher, owner: Session, run_id: str
):
    newer = state_codec.VERSION + 1
    change(owner, run_id, "set state_version = %(newer)s", newer=newer)
    for frame_id in ("a", "b", "c"):
        answer(db, recorder, run_id, frame_id)
    versions = owner.rows("select state_version from runtime.run_checkpoints order by 1")
    assert versions == [(state_codec.VERSION,), (newer,)]


def test_who_is_behind_leaves_the_checkpoint_where_it_is(db: Database, owner: Session, run_id: str):
    before = kept(owner, run_id)
    events = [e for e in log.read_for_fold(db, run_id) if e.seq < before[0][0]]
    keep(db, fold(RunState(run_id), events))
    assert kept(owner, run_id) == before


def test_nothing_is_kept_of_a_seq_that_the_log_does_not_have(db: Database, owner: Session):
    run_id = fresh_run(db)
    keep(db, RunState(run_id, seq=7))
    assert kept(owner, run_id) == []


def test_a_short_log_is_asked_for_none(db: Database, run_id: str):
    assert checkpoints.newest(db, run_id, checkpoints.EVERY) == RunState(run_id)
    assert checkpoints.newest(db, run_id, checkpoints.EVERY + 1).seq > 0


def test_an_ended_run_has_none(
    db: Database, recorder: RecordingDispatcher, owner: Session, run_id: str
):
    cancel(db, run_id)
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "finished"
    assert kept(owner, run_id) == []


def test_whoever_was_taken_over_leaves_none(db: Database, owner: Session):
    run_id = fresh_run(db)
    stale = granted(db, run_id, ttl_s=0)
    state = whole(db, run_id)
    with db.transaction() as tx:
        assert declare_lost(tx, run_id, SLOTS)
    checkpoints.keep(db, state, stale.epoch)
    assert kept(owner, run_id) == []
    keep(db, state)
    assert len(kept(owner, run_id)) == 1


def test_one_that_comes_while_the_run_ends_waits_and_is_not_kept(
    db: Database, owner: Session, run_id: str
):
    state, lease = whole(db, run_id), granted(db, run_id)
    with ThreadPoolExecutor(1) as threads:
        with db.transaction() as tx:
            finish_in(tx, lease)
            late = threads.submit(checkpoints.keep, db, state, lease.epoch)
            until_blocked(owner)
        late.result(PATIENCE_S)
    assert kept(owner, run_id) == []
