"""Group commit: many runs in one transaction, each refused or accepted for itself."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.errors import EpochSuperseded, NotFound, RunClosed, Unavailable
from runtime_app.events import log
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.event import AppendResult, NewEvent
from runtime_app.events.integrity import verify
from runtime_app.leases.lease import Lease
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, listening, until_blocked
from tests.support.runs import cancel, delta, events_after, finish, fresh_run, granted
from tests.support.stack import eventually

CALL = {"tool_call_id": "call_1", "tool_name": "calc", "input": {}, "step": 1}


@pytest.fixture
def writer(db: Database) -> Iterator[BatchWriter]:
    writer = BatchWriter(db)
    writer.start()
    yield writer
    writer.stop()


class Gate:
    """Holds back the writer's first commit by the head of a run of its own.

    What is handed to the writer meanwhile gathers, and goes into the second commit together.
    """

    def __init__(
        self, db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, watcher: Session
    ) -> None:
        self._writer, self._threads, self._watcher = writer, threads, watcher
        self.lease = granted(db, fresh_run(db))
        self._block = db.transaction()
        self._held_back = False

    def __enter__(self) -> "Gate":
        self._block.__enter__().one(log.SQL["lock_head"], run_id=self.lease.run_id)
        self.first = self.hand_in(self.lease, delta("first"))
        until_blocked(self._watcher)
        self._held_back = True
        return self

    def __exit__(self, *_error: object) -> None:
        self._block.__exit__(None, None, None)

    def hand_in(self, lease: Lease, *events: NewEvent) -> Future[AppendResult]:
        """Append in a thread of its own; once the writer is held back, return when it has it."""
        queue = self._writer._waiting
        before = queue.qsize()
        future = self._threads.submit(self._writer.append, lease.run_id, events, lease.epoch)
        if self._held_back:
            eventually(lambda: queue.qsize() > before, what="the batch waits")
        return future


def test_it_appends_as_the_log_does(db: Database, writer: BatchWriter):
    lease = granted(db, fresh_run(db))
    assert writer.append(lease.run_id, [delta("a"), delta("b")], lease.epoch).seq == 3
    cancel(db, lease.run_id)
    result = writer.append(lease.run_id, [delta("c")], lease.epoch)

    assert (result.seq, result.cancel_requested) == (5, True)
    assert [event.payload.get("delta") for event in events_after(db, lease.run_id, 1)] == [
        "a",
        "b",
        None,
        "c",
    ]
    assert verify(db, lease.run_id).broken is None


def test_what_waits_meanwhile_is_committed_together_and_in_one_transaction(
    db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, owner: Session
):
    leases = [granted(db, fresh_run(db)) for _ in range(4)]
    with Gate(db, writer, threads, owner) as gate:
        waiting = [gate.hand_in(lease, delta("a"), delta("b")) for lease in leases]
        assert not any(future.done() for future in (gate.first, *waiting))

    assert gate.first.result(PATIENCE_S).seq == 2
    assert [future.result(PATIENCE_S).seq for future in waiting] == [3] * 4
    transactions = owner.rows(
        "select run_id = %(gate)s, count(distinct xmin::text), count(*) from runtime.run_events"
        " where seq > 1 group by 1 order by 1",
        gate=gate.lease.run_id,
    )
    assert transactions == [(False, 1, 8), (True, 1, 1)]


def test_two_batches_of_one_run_keep_their_order_in_one_commit(
    db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, owner: Session
):
    lease, other = granted(db, fresh_run(db)), granted(db, fresh_run(db))
    with Gate(db, writer, threads, owner) as gate:
        first = gate.hand_in(lease, delta("1"), delta("2"))
        between = gate.hand_in(other, delta("x"))
        second = gate.hand_in(lease, delta("3"))

    assert [each.result(PATIENCE_S).seq for each in (first, between, second)] == [3, 2, 4]
    stored = [event.payload["delta"] for event in events_after(db, lease.run_id, 1)]
    assert stored == ["1", "2", "3"]
    assert verify(db, lease.run_id).broken is None


def test_runs_are_locked_in_the_one_order_whatever_the_order_of_their_batches(
    db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, owner: Session
):
    """Waiting for the lower run, the writer does not yet hold the higher one."""
    low, high = sorted((granted(db, fresh_run(db)) for _ in range(2)), key=lambda at: at.run_id)
    with db.transaction() as other:
        with Gate(db, writer, threads, owner) as gate:
            waiting = [gate.hand_in(high, delta("a")), gate.hand_in(low, delta("a"))]
            other.one(log.SQL["lock_head"], run_id=low.run_id)
        gate.first.result(PATIENCE_S)
        until_blocked(owner)
        assert owner.rows(
            "select seq from runtime.run_heads where run_id = %(id)s for update nowait",
            id=high.run_id,
        ) == [(1,)]

    assert [future.result(PATIENCE_S).seq for future in waiting] == [2, 2]


def test_a_run_that_is_refused_is_told_and_the_others_in_its_commit_are_stored(
    db: Database,
    writer: BatchWriter,
    threads: ThreadPoolExecutor,
    owner: Session,
    recorder: RecordingDispatcher,
):
    good, ended = granted(db, fresh_run(db)), granted(db, fresh_run(db))
    finish(db, ended)
    fenced = Lease(fresh_run(db), 7)
    nobody = Lease("nobody", 1)
    with Gate(db, writer, threads, owner) as gate:
        call = NewEvent("tool.call", CALL)
        futures = [gate.hand_in(lease, delta("a"), call) for lease in (fenced, ended, nobody, good)]

    with pytest.raises(EpochSuperseded):
        futures[0].result(PATIENCE_S)
    with pytest.raises(RunClosed):
        futures[1].result(PATIENCE_S)
    with pytest.raises(NotFound):
        futures[2].result(PATIENCE_S)
    assert futures[3].result(PATIENCE_S).seq == 3
    assert len(events_after(db, fenced.run_id, 0)) == 1
    assert len(events_after(db, ended.run_id, 0)) == 2
    assert recorder.jobs == [ExecuteTool("call_1")]


def test_jobs_leave_when_their_events_can_be_read(
    db: Database, writer: BatchWriter, recorder: RecordingDispatcher
):
    lease = granted(db, fresh_run(db))
    writer.append(lease.run_id, [NewEvent("run.cancel_requested", {})], lease.epoch)

    assert recorder.jobs == [StepRun(lease.run_id)]


def test_each_run_of_a_commit_is_notified(
    db: Database,
    writer: BatchWriter,
    threads: ThreadPoolExecutor,
    owner: Session,
    database_url: str,
):
    leases = [granted(db, fresh_run(db)) for _ in range(3)]
    with listening(database_url, "run_events") as notified:
        with Gate(db, writer, threads, owner) as gate:
            waiting = [gate.hand_in(lease, delta("a")) for lease in leases]
        for future in waiting:
            future.result(PATIENCE_S)

        expected = {f"{lease.run_id}:2" for lease in (gate.lease, *leases)}
        assert expected <= set(notified())


def test_a_database_that_does_not_take_the_commit_is_every_waiters_business(
    db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, owner: Session
):
    lease = granted(db, fresh_run(db))
    with Gate(db, writer, threads, owner) as gate:
        blocked = owner.value(
            "select pid from pg_stat_activity where datname = current_database()"
            " and wait_event_type = 'Lock'"
        )
        assert owner.value("select pg_terminate_backend(%(pid)s, 5000)", pid=blocked)
        with pytest.raises(Unavailable):
            gate.first.result(PATIENCE_S)

    assert writer.append(lease.run_id, [delta("a")], lease.epoch).seq == 2


def test_it_writes_what_is_waiting_before_it_ends(
    db: Database, writer: BatchWriter, threads: ThreadPoolExecutor, owner: Session
):
    lease = granted(db, fresh_run(db))
    with Gate(db, writer, threads, owner) as gate:
        waiting = gate.hand_in(lease, delta("a"))
        writer.stop()

    assert gate.first.result(PATIENCE_S).seq == 2
    assert waiting.result(PATIENCE_S).seq == 2
