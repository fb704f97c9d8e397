"""Executors that only start and end runs, driven by wake-ups alone: no sweep, no second message."""

import queue
import threading
from collections import Counter
from datetime import UTC, datetime
from random import Random

from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import Job, StepRun
from runtime_app.errors import SlotsTaken
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease
from runtime_app.runs import slots
from runtime_app.runs.ending import ending
from runtime_app.runs.slots import SlotLimits
from runtime_app.security.principal import Principal
from tests.support.postgres import PATIENCE_S
from tests.support.runs import DEFAULTS, LIMITS, ORIGIN, acquire, finished, request

_STARTED = NewEvent("run.started", {"message_id": "m1", "code_version": "test"})


class QueueDispatcher:
    """Where the jobs of a floor go."""

    def __init__(self) -> None:
        self.woken: queue.SimpleQueue[str] = queue.SimpleQueue()

    def dispatch(self, job: Job) -> None:
        if isinstance(job, StepRun):
            self.woken.put(job.run_id)


class Floor:
    """Who is at work, by key; more than the limits allow is an error at once.

    Attributes:
        started: run ids in the order in which they got their slots.
        left: how many runs have not ended.
    """

    def __init__(self, db: Database, jobs: QueueDispatcher, limits: SlotLimits) -> None:
        self.started: list[str] = []
        self.left = 0
        self.waits = 0
        self._db = db
        self._jobs = jobs
        self._limits = limits
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[str, ...]] = {}
        self._at_work: Counter[str] = Counter()

    def bring(
        self,
        run_id: str,
        owner: int,
        thread_id: str,
        autopilot_id: str | None,
        part: str = "",
    ) -> None:
        """Start a run with its message; its wake-up is on the way."""
        fields = {"thread_id": thread_id, "autopilot_id": autopilot_id}
        if part:
            fields["model"] = f"scripted/echo?as={part}"
        who = Principal(user_id=owner)
        self._keys[run_id] = (f"thread:{thread_id}", f"owner:{owner}", f"autopilot:{autopilot_id}")
        self._keys[run_id] += (f"provider:{part}",) if part else ()
        self.left += 1
        with self._db.transaction() as tx:
            inbox.start_with(
                tx,
                request(run_id, **fields),
                Frame("f1", "user_message", {"text": "go"}),
                who,
                DEFAULTS,
                datetime.now(UTC),
                ORIGIN,
                LIMITS,
            )

    def work(self, rng: Random) -> None:
        """Do what is woken until every run has ended."""
        while self.left:
            try:
                run_id = self._jobs.woken.get(timeout=PATIENCE_S if self.left else 0.01)
            except queue.Empty:
                raise AssertionError(f"{self.left} runs sleep for ever") from None
            if run_id:
                self._step(run_id, rng)

    def _step(self, run_id: str, rng: Random) -> None:
        lease = acquire(self._db, run_id).lease
        while lease is not None:
            head = log.head(self._db, run_id)
            assert head is not None
            if head.cancel_requested:
                self._end(run_id, lease, at_work=False)
                return
            try:
                with self._db.statement() as tx:
                    log.append(
                        tx,
                        run_id,
                        [_STARTED],
                        epoch=lease.epoch,
                        expected_seq=head.seq,
                        status="running",
                        condition=slots.having(self._limits),
                    )
            except SlotsTaken:
                self.waits += 1
                if leases.park(self._db, lease, head.seq, in_line=True) == "parked":
                    return
                continue
            self._enter(run_id)
            for _ in range(rng.randrange(3)):
                log.head(self._db, run_id)  # a moment of work
            self._end(run_id, lease, at_work=True)
            return

    def _enter(self, run_id: str) -> None:
        most = {
            "thread": self._limits.thread,
            "owner": self._limits.owner,
            "provider": self._limits.provider,
        }
        with self._lock:
            self.started.append(run_id)
            self._at_work.update(self._keys[run_id])
            for key in self._keys[run_id]:
                limit = most.get(key.partition(":")[0], self._limits.autopilot)
                assert key == "autopilot:None" or self._at_work[key] <= limit, key

    def _end(self, run_id: str, lease: Lease, *, at_work: bool) -> None:
        with self._db.transaction() as tx:
            if at_work:
                with self._lock:
                    self._at_work.subtract(self._keys[run_id])
            log.append(
                tx,
                run_id,
                [finished()],
                epoch=lease.epoch,
                condition=ending(self._limits),
            )
        with self._lock:
            self.left -= 1
            if not self.left:
                for _ in range(8):
                    self._jobs.woken.put("")  # nobody waits any longer
