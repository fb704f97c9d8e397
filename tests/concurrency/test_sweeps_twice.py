"""Two copies of a sweep at once: one does it, the other has nothing to do, nothing is doubled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.dispatch.jobs import Job
from runtime_app.events import log
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.sweep import alone
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.tools import store as tools
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool, ToolSpec
from runtime_app.tools.task import NewTask
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import SLOTS, events_after, fresh_run, granted

RUNS = 20


def tool(name: str, *, idempotent: bool) -> Tool:
    spec = ToolSpec(name, "For tests.", {"type": "object"}, idempotent=idempotent)
    return Tool(spec, lambda _arguments, _context: None)


REGISTRY = Registry([tool("again", idempotent=True), tool("once", idempotent=False)])
SWEEPS: dict[str, Callable[[Database], int]] = {
    "janitor": lambda db: recover_runs(db, SLOTS),
    "wakeups": sweep_wakeups,
    "tools": lambda db: rescue_tools(db, REGISTRY),
}


def overdue_task(db: Database, owner: Session, run_id: str, tool_name: str) -> str:
    """The id of a task whose worker has died."""
    tool_call_id = f"{tool_name}-{run_id}"
    with db.transaction() as tx:
        tools.enqueue(tx, NewTask(tool_call_id, run_id, tool_name, {}, 5))
    assert tools.claim(db, tool_call_id, "dead") is not None
    owner.run(
        "update runtime.tool_tasks set deadline = now() - interval '6 s'"
        " where tool_call_id = %(id)s",
        id=tool_call_id,
    )
    return tool_call_id


def work_for_all(db: Database, owner: Session) -> list[str]:
    """Runs whose holder is dead, each with two overdue tool calls."""
    runs = [granted(db, fresh_run(db), ttl_s=0).run_id for _ in range(RUNS)]
    for run_id in runs:
        overdue_task(db, owner, run_id, "again")
        overdue_task(db, owner, run_id, "once")
    return runs


def types(db: Database, runs: list[str]) -> list[list[str]]:
    return [[event.type for event in events_after(db, run_id, 1)] for run_id in runs]


@pytest.mark.parametrize("name", SWEEPS)
def test_a_copy_that_finds_another_at_it_does_nothing(
    db: Database, owner: Session, recorder: RecordingDispatcher, name: str
):
    runs = work_for_all(db, owner)
    with alone(db, name) as other:
        assert other is not None
        assert SWEEPS[name](db) == 0
    assert types(db, runs) == [[]] * RUNS
    assert recorder.jobs == []

    assert SWEEPS[name](db) > 0


def test_no_loss_is_declared_twice(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    runs = work_for_all(db, owner)

    assert sum(at_once(threads, db, "janitor")) == RUNS
    assert types(db, runs) == [["run.executor_lost"]] * RUNS
    assert no_job_twice(recorder) == RUNS


def test_a_copy_that_looked_at_the_same_time_finds_every_loss_declared(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    """The look ends before the deeds begin, so two copies may have seen the same losses."""
    run_id = granted(db, fresh_run(db), ttl_s=0).run_id
    with db.transaction() as tx:
        tx.one(log.SQL["lock_head"], run_id=run_id)
        first = threads.submit(recover_runs, db, SLOTS)
        until_blocked(owner, 1)
        second = threads.submit(recover_runs, db, SLOTS)
        until_blocked(owner, 2)

    assert sorted([first.result(PATIENCE_S), second.result(PATIENCE_S)]) == [0, 1]
    assert types(db, [run_id]) == [["run.executor_lost"]]


def test_no_tool_call_is_queued_or_ended_twice(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    runs = work_for_all(db, owner)
    at_once(threads, db, "tools")

    assert types(db, runs) == [["tool.result"]] * RUNS
    states = owner.rows(
        "select tool_name, state, attempt, count(*) from runtime.tool_tasks group by 1, 2, 3"
    )
    assert sorted(states) == [("again", "queued", 1, RUNS), ("once", "timed_out", 1, RUNS)]
    assert no_job_twice(recorder) == 2 * RUNS


def test_a_copy_that_looked_at_the_same_time_leaves_a_task_that_another_worker_has_begun(
    db: Database, owner: Session, threads: ThreadPoolExecutor, recorder: RecordingDispatcher
):
    again = overdue_task(db, owner, fresh_run(db), "again")
    lock = Query("lock", "none", "select from runtime.tool_tasks for update")
    with db.transaction() as tx:
        assert tx.execute(lock) == 1
        copies = [threads.submit(SWEEPS["tools"], db)]
        until_blocked(owner, 1)
        copies.append(threads.submit(SWEEPS["tools"], db))
        until_blocked(owner, 2)

    for copy in copies:
        copy.result(PATIENCE_S)
    task = tools.claim(db, again, "next")
    assert task is not None
    assert task.attempt == 2
    assert len(recorder.jobs) == 1


def at_once(threads: ThreadPoolExecutor, db: Database, name: str) -> list[int]:
    """What four copies return that begin together."""
    together = Barrier(4)

    def sweep(_n: int) -> int:
        together.wait(PATIENCE_S)
        return SWEEPS[name](db)

    return list(threads.map(sweep, range(4)))


def no_job_twice(recorder: RecordingDispatcher) -> int:
    """How many jobs were asked for; none of them twice."""
    jobs: list[Job] = recorder.jobs
    assert len(set(jobs)) == len(jobs)
    return len(jobs)
