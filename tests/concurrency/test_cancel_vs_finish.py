"""Cancel against finish: exactly one end, and the row, the log and both answers agree on it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import HeadMoved
from runtime_app.executor.step import Executor
from runtime_app.leases import store as leases
from runtime_app.runs import lifecycle
from runtime_app.runs import store as runs
from runtime_app.runs.lifecycle import CancelAnswer
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import (
    ORIGIN,
    OWNER,
    THREAD,
    cancel,
    events_after,
    finish,
    finish_in,
    fresh_run,
    granted,
    post,
    until_head,
)
from tests.support.stack import eventually

ROUNDS = 1000
# At least as many as a run of one echoed turn has events.
STAGES = 13


def end_of(db: Database, run_id: str) -> str:
    """The status in which a run has ended, by its only terminal event and by its row."""
    events = events_after(db, run_id, 0)
    ends = [event for event in events if event.type == "run.finished"]
    run = runs.get(db, run_id)
    assert run is not None
    assert ends == events[-1:]
    assert (run.status, run.terminal_at) == (ends[0].payload["status"], ends[0].occurred_at)
    assert run.closed
    return run.status


def agrees(db: Database, run_id: str, answer: CancelAnswer) -> str:
    """The end, held against what the canceller was told."""
    end = end_of(db, run_id)
    accepted = CancelAnswer("canceling", replayed=False)
    assert answer == (accepted if end == "canceled" else CancelAnswer("completed", replayed=True))
    return end


def test_a_cancel_that_waits_for_the_end_finds_it_and_leaves_no_trace(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db))
    with db.transaction() as tx:
        finish_in(tx, lease, seen_seq=1)
        waiting = threads.submit(cancel, db, lease.run_id)
        until_blocked(owner)
        assert not waiting.done()

    assert agrees(db, lease.run_id, waiting.result(PATIENCE_S)) == "completed"
    run = runs.get(db, lease.run_id)
    assert run is not None
    assert not run.cancel_requested


def test_an_end_that_waits_for_a_cancel_is_not_decided_on_what_is_there_and_does_not_happen(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    lease = granted(db, fresh_run(db))
    with db.transaction() as tx:
        answer = lifecycle.request_cancel(tx, lease.run_id, THREAD, OWNER, None, ORIGIN)
        waiting = threads.submit(finish, db, lease, 1)
        until_blocked(owner)
        assert not waiting.done()

    with pytest.raises(HeadMoved):
        waiting.result(PATIENCE_S)
    run = runs.get(db, lease.run_id)
    assert run is not None
    assert (answer.replayed, run.status, run.closed) == (False, "canceling", False)


def test_of_1000_cancels_that_race_a_finish_each_leaves_one_end(
    db: Database, threads: ThreadPoolExecutor, recorder: RecordingDispatcher, owner: Session
):
    """Whoever comes second finds what the first has done; a cancel that is first is carried out."""
    held = [granted(db, fresh_run(db)) for _ in range(ROUNDS)]
    together = Barrier(2)

    def cancel_all() -> list[CancelAnswer]:
        answers = []
        for lease in held:
            together.wait(PATIENCE_S)
            answers.append(cancel(db, lease.run_id))
        return answers

    def finish_all() -> list[bool]:
        finished = []
        for lease in held:
            together.wait(PATIENCE_S)
            try:
                finish(db, lease, seen_seq=1)
            except HeadMoved:
                finished.append(False)
            else:
                finished.append(True)
        return finished

    cancelling, finishing = threads.submit(cancel_all), threads.submit(finish_all)
    answers, finished = cancelling.result(), finishing.result()

    with executor(db, recorder) as steps:
        for lease, answer, ended in zip(held, answers, finished, strict=True):
            assert answer.replayed == ended
            if not ended:
                leases.release(db, lease)
                assert steps.step(lease.run_id) == "finished"
    ends = owner.rows(
        "select r.run_id, r.status, h.closed_seq = h.seq, count(*), max(e.seq) = h.seq"
        " from runtime.runs r join runtime.run_heads h using (run_id)"
        " join runtime.run_events e using (run_id) where e.event_type = 'run.finished'"
        " group by r.run_id, r.status, h.closed_seq, h.seq"
    )
    by_run = {run_id: end for run_id, *end in ends}
    assert len(by_run) == ROUNDS
    for lease, ended in zip(held, finished, strict=True):
        status = "completed" if ended else "canceled"
        assert by_run[lease.run_id] == [status, True, 1, True]


@pytest.mark.parametrize("stage", range(1, STAGES + 1))
def test_a_real_executor_ends_a_run_once_at_whatever_stage_the_cancel_comes(
    db: Database, threads: ThreadPoolExecutor, recorder: RecordingDispatcher, stage: int
):
    """The cancel is sent when the log has reached `stage`, or the run has ended before that."""
    ends = set()
    with executor(db, recorder) as steps:
        for _ in range(8):
            run_id = fresh_run(db)
            post(db, run_id, "f1")
            cancelling = threads.submit(cancel_at, db, run_id, stage)
            threads.submit(step_to_the_end, steps, run_id).result(PATIENCE_S)
            answer = cancelling.result(PATIENCE_S)
            step_to_the_end(steps, run_id)
            ends.add(agrees(db, run_id, answer))

    assert ends <= {"canceled", "completed"}


def cancel_at(db: Database, run_id: str, stage: int) -> CancelAnswer:
    """Ask for the run's cancellation as soon as its head is there, or has come to its end."""
    until_head(db, run_id, stage)
    return cancel(db, run_id)


def step_to_the_end(steps: Executor, run_id: str) -> None:
    """Step the run as often as a sweep would, until there is nothing to do."""
    eventually(lambda: steps.step(run_id) in ("closed", "finished", "parked: input"))
