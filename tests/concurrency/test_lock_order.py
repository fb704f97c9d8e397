"""Everything that locks a run, on the same few runs at once, never ends in a deadlock."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from random import Random
from threading import Barrier

from runtime_app.db.database import Database
from runtime_app.errors import Conflict, Fenced, Unavailable
from runtime_app.events import log
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.integrity import verify
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.loss import declare_lost
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.runs import slots
from runtime_app.runs import store as runs
from runtime_app.runs.slots import SlotLimits
from runtime_app.tools import store as tools
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import finish as finish_tool
from runtime_app.tools.task import NewTask, Outcome
from tests.support.postgres import PATIENCE_S, Session
from tests.support.runs import (
    SLOTS,
    acquire,
    append,
    cancel,
    delta,
    finish,
    fresh_run,
    granted,
    post,
)

THREADS = 8
TURNS = 200
RUNS = 3


class Traffic:
    """What may happen to a few runs, by name; a run that has ended is followed by a new one."""

    def __init__(self, db: Database, writers: list[BatchWriter]) -> None:
        self.db = db
        self.all_runs = [fresh_run(db) for _ in range(RUNS)]
        self.live = list(self.all_runs)
        self.leases: dict[str, Lease] = {run_id: Lease(run_id, 0) for run_id in self.live}
        self._writers = writers
        self._ids = count()
        self.moves: dict[str, Callable[[str, Random], object]] = {
            "append": lambda run_id, _: append(db, run_id, delta("a"), delta("b")),
            "append as holder": self.append_as_holder,
            "write a batch": self.write_batch,
            "post": lambda run_id, _: post(db, run_id, f"f{next(self._ids)}"),
            "acquire": self.acquire,
            "renew all": lambda _, rng: leases.renew(db, self.shuffled(rng), LeasePolicy()),
            "park": lambda run_id, _: leases.park(db, self.leases[run_id], self.seq(run_id)),
            "release": lambda run_id, _: leases.release(db, self.leases[run_id]),
            "declare lost": self.declare_lost,
            "call a tool": self.call_tool,
            "end a tool": self.end_tool,
            "recover": lambda *_: recover_runs(db, SLOTS),
            "sweep": lambda *_: sweep_wakeups(db),
            "rescue": lambda *_: rescue_tools(db, Registry()),
            "cancel": lambda run_id, _: cancel(db, run_id),
            "open a turn": self.open_turn,
            "sweep slots": lambda *_: sweep_slots(db, SLOTS),
            "interrupt": self.interrupt,
            "finish": self.finish,
        }

    def seq(self, run_id: str) -> int:
        head = log.head(self.db, run_id)
        assert head is not None
        return head.seq

    def shuffled(self, rng: Random) -> list[Lease]:
        held = list(self.leases.values())
        return rng.sample(held, len(held))

    def append_as_holder(self, run_id: str, _rng: Random) -> None:
        append(self.db, run_id, delta("c"), epoch=self.leases[run_id].epoch)

    def write_batch(self, run_id: str, rng: Random) -> None:
        rng.choice(self._writers).append(run_id, [delta("d")], self.leases[run_id].epoch)

    def acquire(self, run_id: str, rng: Random) -> None:
        # Many leases expire at once, so that losses are there to be declared.
        lease = acquire(self.db, run_id, ttl_s=rng.choice([0, 0, 20])).lease
        if lease is not None:
            self.leases[run_id] = lease

    def declare_lost(self, run_id: str, _rng: Random) -> None:
        with self.db.transaction() as tx:
            declare_lost(tx, run_id, SLOTS)

    def call_tool(self, run_id: str, _rng: Random) -> None:
        with self.db.transaction() as tx:
            log.append(tx, run_id, [delta("e")])
            # Overdue as soon as it is claimed.
            tools.enqueue(tx, NewTask(f"call-{next(self._ids)}", run_id, "calc", {}, 0))

    def end_tool(self, _run_id: str, _rng: Random) -> None:
        for tool_call_id in tools.waiting(self.db, 0, 3):
            task = tools.claim(self.db, tool_call_id, "worker")
            if task is not None:
                finish_tool(self.db, task, Outcome("succeed", output=1))

    def open_turn(self, run_id: str, _rng: Random) -> None:
        """A run that is lost, stopped or in line has none: one of another thread has its turn."""
        turn = slots.having(SlotLimits())
        with suppress(Fenced):
            append(self.db, run_id, delta("f"), epoch=self.leases[run_id].epoch, condition=turn)
        apart = fresh_run(self.db, thread_id="apart")
        self.all_runs.append(apart)
        lease = granted(self.db, apart)
        try:
            append(self.db, apart, delta("f"), epoch=lease.epoch, condition=turn)
        finally:
            finish(self.db, lease)

    def interrupt(self, _run_id: str, _rng: Random) -> None:
        """What interrupts ends at once; where it stays, no later run of the thread has a turn."""
        run_id = fresh_run(self.db, on_busy="interrupt")
        self.all_runs.append(run_id)
        finish(self.db, granted(self.db, run_id))

    def finish(self, run_id: str, _rng: Random) -> None:
        finish(self.db, self.leases[run_id], self.seq(run_id))
        successor = fresh_run(self.db)
        self.leases[successor] = Lease(successor, 0)
        self.all_runs.append(successor)
        self.live[self.live.index(run_id)] = successor


def test_eight_threads_at_everything_never_deadlock_and_leave_whole_runs(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    writers = [BatchWriter(db), BatchWriter(db)]
    for writer in writers:
        writer.start()
    traffic = Traffic(db, writers)
    together = Barrier(THREADS)

    def drive(seed: int) -> Counter[str]:
        rng = Random(seed)
        done: Counter[str] = Counter()
        together.wait(PATIENCE_S)
        for _ in range(TURNS):
            name = rng.choice(list(traffic.moves))
            try:
                traffic.moves[name](rng.choice(traffic.live), rng)
            except (Fenced, Conflict):
                done[f"{name}: refused"] += 1
            except Unavailable as fault:
                raise AssertionError(f"{name}: {fault.__cause__!r}") from fault
            else:
                done[name] += 1
        return done

    done = sum(threads.map(drive, range(THREADS)), Counter())
    for writer in writers:
        writer.stop()

    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert owner.value(deadlocks) == 0
    assert set(traffic.moves) <= set(done)
    for run_id in traffic.all_runs:
        assert verify(db, run_id).broken is None
        run = runs.get(db, run_id)
        assert run is not None
        ends = [e for e in log.read_for_fold(db, run_id) if e.type == "run.finished"]
        assert len(ends) == run.closed == (run.terminal_at is not None)
