"""Tool tasks as rows: each move is guarded, so that it happens once or not at all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.tools import store
from runtime_app.tools.task import ClaimedTask, NewTask, Outcome
from tests.support.postgres import PATIENCE_S, Session
from tests.support.runs import finish, fresh_run, granted

DONE = Outcome("succeed", output={"value": 42})


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


def enqueue(db: Database, run_id: str, tool_call_id: str = "call_1", timeout_s: float = 5) -> None:
    with db.transaction() as tx:
        store.enqueue(tx, NewTask(tool_call_id, run_id, "calc", {"expression": "6*7"}, timeout_s))


def end(db: Database, task: ClaimedTask, outcome: Outcome = DONE) -> bool:
    with db.transaction() as tx:
        return store.end(tx, task, outcome)


def requeue(db: Database, task: ClaimedTask) -> bool:
    with db.transaction() as tx:
        return store.requeue(tx, task)


def row(owner: Session, columns: str, tool_call_id: str = "call_1") -> tuple:
    [found] = owner.rows(
        f"select {columns} from runtime.tool_tasks where tool_call_id = %(id)s", id=tool_call_id
    )
    return found


def claimed(db: Database, run_id: str, tool_call_id: str = "call_1") -> ClaimedTask:
    enqueue(db, run_id, tool_call_id)
    task = store.claim(db, tool_call_id, "worker-1")
    assert task is not None
    return task


def test_a_task_waits_until_it_is_claimed(db: Database, owner: Session, run_id: str):
    enqueue(db, run_id)
    assert row(owner, "state, attempt, deadline, worker") == ("queued", 0, None, None)

    task = store.claim(db, "call_1", "worker-1")
    assert task == ClaimedTask("call_1", run_id, "calc", {"expression": "6*7"}, 1, 5.0)
    assert row(owner, "state, worker") == ("running", "worker-1")
    assert row(owner, "round(extract(epoch from deadline - updated_at))::int") == (5,)


def test_the_same_task_again_is_the_same_task(db: Database, owner: Session, run_id: str):
    claimed(db, run_id)
    enqueue(db, run_id, timeout_s=99)

    assert row(owner, "state, timeout_s") == ("running", 5.0)


def test_a_task_is_claimed_once(db: Database, run_id: str):
    claimed(db, run_id)

    assert store.claim(db, "call_1", "worker-2") is None
    assert store.claim(db, "nobody", "worker-2") is None


def test_of_many_that_claim_at_once_one_gets_it(db: Database, run_id: str):
    together = Barrier(8)

    def claim(n: int) -> bool:
        together.wait(PATIENCE_S)
        return store.claim(db, "call_1", f"worker-{n}") is not None

    enqueue(db, run_id)
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == 1


@pytest.mark.parametrize(
    ("outcome", "stored"),
    [
        (DONE, ("succeeded", '{"value":42}', None, None)),
        (Outcome("succeed", output=None), ("succeeded", "null", None, None)),
        (
            Outcome("fail", error_class="tool_error", error="no"),
            ("failed", None, "tool_error", "no"),
        ),
        (
            Outcome("time_out", error_class="timeout", error="slow"),
            ("timed_out", None, "timeout", "slow"),
        ),
        (
            Outcome("cancel", error_class="canceled", error="stop"),
            ("canceled", None, "canceled", "stop"),
        ),
    ],
)
def test_a_task_ends_as_its_outcome_says(
    db: Database, owner: Session, run_id: str, outcome: Outcome, stored: tuple
):
    assert end(db, claimed(db, run_id), outcome)
    assert row(owner, "state, output, error_class, error") == stored
    assert row(owner, "late") == (False,)


def test_a_task_ends_once(db: Database, owner: Session, run_id: str):
    task = claimed(db, run_id)

    assert end(db, task)
    assert not end(db, task, Outcome("fail", error_class="internal", error="again"))
    assert row(owner, "state, error") == ("succeeded", None)


def test_a_worker_that_was_given_up_on_cannot_end_what_another_has_begun(
    db: Database, owner: Session, run_id: str
):
    stale = claimed(db, run_id)
    assert requeue(db, stale)
    assert not end(db, stale)
    assert row(owner, "state, deadline, worker") == ("queued", None, None)

    again = store.claim(db, "call_1", "worker-2")
    assert again is not None
    assert again.attempt == stale.attempt + 1
    assert not end(db, stale)
    assert not requeue(db, stale)
    assert row(owner, "state, worker") == ("running", "worker-2")
    assert end(db, again)


def test_a_task_that_has_ended_is_not_requeued(db: Database, owner: Session, run_id: str):
    task = claimed(db, run_id)
    end(db, task)

    assert not requeue(db, task)
    assert row(owner, "state") == ("succeeded",)


def test_what_is_found_after_the_end_of_the_run_is_kept_once_and_stays_canceled(
    db: Database, owner: Session, run_id: str
):
    task = claimed(db, run_id)
    finish(db, granted(db, run_id))
    store.keep_late(db, task, DONE)
    store.keep_late(db, task, Outcome("fail", error_class="internal", error="again"))

    assert row(owner, "state, late, output, error") == ("canceled", True, '{"value":42}', None)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("cancel", error_class="canceled", error="the call was canceled"),
        Outcome("fail", error_class="lost", error="nobody knows"),
    ],
)
def test_what_stopped_with_its_run_and_said_nothing_is_not_late(
    db: Database, owner: Session, run_id: str, outcome: Outcome
):
    task = claimed(db, run_id)
    finish(db, granted(db, run_id))
    store.keep_late(db, task, outcome)

    assert row(owner, "state, late, output") == ("canceled", False, None)


def test_a_task_that_has_ended_in_time_is_not_late(db: Database, owner: Session, run_id: str):
    task = claimed(db, run_id)
    end(db, task)
    store.keep_late(db, task, Outcome("fail", error_class="internal", error="again"))

    assert row(owner, "state, late, error") == ("succeeded", False, None)


def test_cancelling_takes_what_is_open_of_one_run(db: Database, owner: Session, run_id: str):
    other = fresh_run(db)
    claimed(db, other, "theirs")
    end(db, claimed(db, run_id, "done"))
    claimed(db, run_id, "running")
    enqueue(db, run_id, "queued")
    finish(db, granted(db, run_id))

    states = owner.rows("select tool_call_id, state from runtime.tool_tasks order by 1")
    assert states == [
        ("done", "succeeded"),
        ("queued", "canceled"),
        ("running", "canceled"),
        ("theirs", "running"),
    ]
    assert store.claim(db, "queued", "worker-1") is None


def overdue(db: Database, limit: int = 10, silent_s: float = 20) -> list[tuple[ClaimedTask, bool]]:
    return store.overdue(db, limit, ["calc"], grace_s=5, silent_s=silent_s, unknown_s=900)


def test_overdue_tasks_are_those_past_their_deadline_oldest_first(
    db: Database, owner: Session, run_id: str
):
    tasks = [claimed(db, run_id, f"call_{n}") for n in range(3)]
    enqueue(db, run_id, "queued")
    assert overdue(db) == []

    owner.run(
        "update runtime.tool_tasks set deadline = now() - interval '5.1 s'"
        " where tool_call_id in ('call_0', 'call_2')"
    )
    assert overdue(db) == [(tasks[0], False), (tasks[2], False)]
    assert overdue(db, 1) == [(tasks[0], False)]


def test_a_task_whose_worker_is_silent_is_overdue_until_it_is_heard_again(
    db: Database, owner: Session, run_id: str
):
    task = claimed(db, run_id)
    owner.run("update runtime.tool_tasks set heartbeat_at = now() - interval '4 s'")
    assert overdue(db, silent_s=3) == [(task, True)]

    assert store.look(db, task) is False
    assert overdue(db, silent_s=3) == [(task, True)]
    assert store.beat(db, task) is False
    assert overdue(db, silent_s=3) == []


def test_nobody_is_silent_or_late_for_the_time_that_the_server_was_away(
    db: Database, owner: Session, run_id: str
):
    claimed(db, run_id)
    up_s = owner.value("select extract(epoch from now() - pg_postmaster_start_time())::float8")
    owner.run(
        "update runtime.tool_tasks set heartbeat_at = now() - interval '30 d',"
        " deadline = now() - interval '30 d'"
    )
    for grace_s, overdue_now in ((up_s + 60, 0), (up_s - 1, 1)):
        found = store.overdue(
            db, 10, ["calc"], grace_s=grace_s, silent_s=up_s + 60, unknown_s=up_s + 60
        )
        assert len(found) == overdue_now


def test_progress_and_signs_of_life_are_those_of_the_attempt_at_work(
    db: Database, owner: Session, run_id: str
):
    stale = claimed(db, run_id)
    with db.transaction() as tx:
        assert store.show_progress(tx, stale, {"done": 1})
    assert row(owner, "state, progress") == ("streaming", '{"done":1}')
    assert requeue(db, stale)
    assert row(owner, "state, progress") == ("queued", None)

    for _ in range(2):
        assert store.beat(db, stale) is None
        assert store.look(db, stale) is None
        with db.transaction() as tx:
            assert not store.show_progress(tx, stale, {"done": 2})
        store.claim(db, "call_1", "worker-2")
    assert row(owner, "state, progress") == ("running", None)


def test_waiting_tasks_are_those_queued_longer_than_a_message_takes(
    db: Database, owner: Session, run_id: str
):
    claimed(db, run_id, "running")
    enqueue(db, run_id, "young")
    enqueue(db, run_id, "old")
    owner.run(
        "update runtime.tool_tasks set updated_at = now() - interval '1 h'"
        " where tool_call_id <> 'young'"
    )

    assert store.waiting(db, 2.0, 10) == ["old"]
    assert store.waiting(db, 0.0, 10) == ["young"], "the other one was just asked for"
    owner.run("update runtime.tool_tasks set woken_at = woken_at - interval '11 s'")
    assert len(store.waiting(db, 0.0, 1)) == 1


def test_the_database_refuses_a_claim_without_a_deadline(db: Database, owner: Session, run_id: str):
    enqueue(db, run_id)
    with pytest.raises(Exception, match="tool_tasks_claimed"):
        owner.run("update runtime.tool_tasks set state = 'running'")
