"""Group commit: the waiting batches of every run in this process, in one transaction.

A commit that notifies holds a lock of the whole cluster until it is on disk, so the number of
commits is what counts. While one commit is under way, batches gather; the next one takes them all.
A batch of one run waits for nobody but the commit before it.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.sqlstate import certainly_undone
from runtime_app.errors import RuntimeFault
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import NOBODY, AppendResult, NewEvent, Origin
from runtime_app.events.log import MAX_BATCH, SQL, refuse, tell
from runtime_app.events.reactions import jobs_for

_CLOCK = SystemClock()
#: Runs in one commit, at most.
MAX_RUNS = 256


@dataclass(frozen=True, slots=True)
class _Batch:
    run_id: str
    epoch: int
    events: tuple[NewEvent, ...]
    texts: tuple[str, ...]
    origin: Origin
    done: Future[AppendResult]


class BatchWriter:
    """A thread that commits what is handed to it; the same contract as `log.append`.

    Start it after fork. One connection at a time.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="batch-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        self._waiting.put(None)

    def append(
        self, run_id: str, events: Sequence[NewEvent], epoch: int, origin: Origin = NOBODY
    ) -> AppendResult:
        """Append under the run's epoch and wait until it is committed.

        Args:
            origin: the request that the events answer; its tracestate is not kept.

        Raises:
            EpochSuperseded, RunClosed: this run is refused; others in the same commit are not.
            Unavailable: Postgres did not take the commit; whether it happened is unknown.
        """
        if not 1 <= len(events) <= MAX_BATCH:
            raise ValueError(f"an append takes 1 to {MAX_BATCH} events, not {len(events)}")
        done: Future[AppendResult] = Future()
        # The texts are made here: an event that cannot be written fails its own run only.
        texts = tuple(event.text(self._db.sanitizer) for event in events)
        self._waiting.put(_Batch(run_id, epoch, tuple(events), texts, origin, done))
        return done.result()

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            batches, closing = self._gather(first)
            self._commit(batches)
            if closing:
                return

    def _gather(self, first: _Batch) -> tuple[list[_Batch], bool]:
        batches = [first]
        while len(batches) < MAX_RUNS:
            try:
                batch = self._waiting.get_nowait()
            except queue.Empty:
                return batches, False
            if batch is None:
                return batches, True
            batches.append(batch)
        return batches, False

    def _commit(self, batches: list[_Batch]) -> None:
        batches.sort(key=lambda batch: batch.run_id)
        try:
            rows = self._append(batches)
        except Exception as error:  # noqa: BLE001 - every waiter raises it in its own thread
            if len(batches) > 1 and certainly_undone(error):
                for batch in batches:  # one of them is to blame; the others shall not pay for it
                    self._commit([batch])
                return
            for batch in batches:
                batch.done.set_exception(error)
            return
        for batch, row in zip(batches, rows, strict=True):
            try:
                refuse(batch.run_id, row.outcome)
            except RuntimeFault as fault:
                batch.done.set_exception(fault)
            else:
                batch.done.set_result(AppendResult(row.seq, row.cancel_requested))

    def _append(self, batches: list[_Batch]) -> list[Any]:
        types = [event.type for batch in batches for event in batch.events]
        classes = [CATALOG[name].retention.value for name in types]
        taken: list[str] = []
        began_s = _CLOCK.monotonic()
        with self._db.statement() as tx:
            rows = tx.all(
                SQL["append_many"],
                run_ids=[batch.run_id for batch in batches],
                epochs=[batch.epoch for batch in batches],
                counts=[len(batch.events) for batch in batches],
                types=types,
                versions=[CATALOG[name].version for name in types],
                classes=classes,
                payloads=[text for batch in batches for text in batch.texts],
                trace_ids=[batch.origin.trace_id for batch in batches],
                request_ids=[batch.origin.request_id for batch in batches],
                span_ids=[batch.origin.span_id for batch in batches],
                trace_flags=[batch.origin.trace_flags for batch in batches],
            )
            for batch, row in zip(batches, rows, strict=True):
                if row.outcome == "ok":
                    taken += (CATALOG[event.type].retention.value for event in batch.events)
                    for job in jobs_for(batch.run_id, batch.events):
                        tx.after_commit(job)
            tell(tx, _CLOCK.monotonic() - began_s, taken)
            tx.tell("append.batch", len(batches))
        return rows
