"""Runs for tests below the web: started, fed and ended as routes and executors do it."""

import time
from datetime import UTC, datetime
from typing import Any

from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.db.transaction import Transaction
from runtime_app.events import log
from runtime_app.events.event import AppendResult, Event, NewEvent, Origin
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.runs import lifecycle
from runtime_app.runs.admission import AdmissionLimits
from runtime_app.runs.caps import Caps
from runtime_app.runs.ending import ending
from runtime_app.runs.run import RunDefaults, RunRequest
from runtime_app.runs.slots import SlotLimits
from runtime_app.security.principal import Principal
from tests.support.api import fresh
from tests.support.postgres import PATIENCE_S

OWNER = Principal(user_id=42)
THREAD = "thread-1"
DEFAULTS = RunDefaults("scripted/echo", Caps(), "test")
ORIGIN = Origin("trace-1", "request-1")
# Most tests start many runs of one owner on one thread, and post as fast as they can.
LIMITS = AdmissionLimits(1_000_000, 1_000_000, 1_000_000)
SLOTS = SlotLimits(1000, 1000, 1000, 1000)

_THERE = Query(
    "there",
    "one",
    "select seq >= %(seq)s or parked_seq = seq or closed_seq is not null as there"
    " from runtime.run_heads where run_id = %(run_id)s",
)


def request(run_id: str | None = None, **fields: Any) -> RunRequest:
    """A request to start a run; `fields` override."""
    given: dict[str, Any] = {
        "run_id": run_id,
        "thread_id": THREAD,
        "mode": "turn",
        "model": None,
        "caps": {},
        "autopilot_id": None,
        "tool_policy": None,
        "metadata": None,
        "content": "content-1",
    }
    return RunRequest(**(given | fields))


def start(
    db: Database, run_id: str | None = None, owner: Principal = OWNER, **fields: Any
) -> lifecycle.Started:
    """Start a run in a transaction of its own."""
    with db.transaction() as tx:
        return lifecycle.start_run(
            tx, request(run_id, **fields), owner, DEFAULTS, datetime.now(UTC), ORIGIN, LIMITS
        )


def fresh_run(db: Database, **fields: Any) -> str:
    """The id of a run that has just been started; its head is at seq 1."""
    return start(db, fresh(), **fields).run_id


def post(db: Database, run_id: str, frame_id: str, text: str = "hello") -> inbox.Accepted:
    """Accept a user message in a transaction of its own."""
    with db.transaction() as tx:
        return post_in(tx, run_id, frame_id, text)


def post_in(tx: Transaction, run_id: str, frame_id: str, text: str = "hello") -> inbox.Accepted:
    """Accept a user message in a transaction that goes on."""
    frame = Frame(frame_id, "user_message", {"text": text})
    return inbox.accept(tx, run_id, THREAD, OWNER, frame, ORIGIN, LIMITS)


def cancel(db: Database, run_id: str) -> lifecycle.CancelAnswer:
    """Ask for the run's cancellation in a transaction of its own."""
    with db.transaction() as tx:
        return lifecycle.request_cancel(tx, run_id, THREAD, OWNER, None, ORIGIN)


def append(db: Database, run_id: str, *events: NewEvent, **authority: Any) -> AppendResult:
    """Append in a transaction of its own; `authority` is `epoch` and `expected_seq`."""
    with db.transaction() as tx:
        return log.append(tx, run_id, events, **authority)


def events_after(db: Database, run_id: str, after: int = 0) -> list[Event]:
    """All that the log has after a seq, by the pages that readers get."""
    found: list[Event] = []
    while page := log.read_page(db, run_id, found[-1].seq if found else after):
        found += [event for event, _ in page]
    return found


def acquire(db: Database, run_id: str, owner: str = "one", ttl_s: float = 20) -> leases.Acquired:
    """Ask for the run's lease; one with `ttl_s=0` has expired at once."""
    with db.transaction() as tx:
        return leases.acquire(tx, run_id, owner, LeasePolicy(ttl_s=ttl_s), "test")


def granted(db: Database, run_id: str, owner: str = "one", ttl_s: float = 20) -> Lease:
    """The lease of a run that nobody holds."""
    acquired = acquire(db, run_id, owner, ttl_s)
    assert acquired.lease is not None, acquired.outcome
    return acquired.lease


def until_head(db: Database, run_id: str, seq: int) -> None:
    """Return as soon as the run's head is there, or its executor has let go before that.

    Looks without a pause: what a race is about is over in less than a millisecond.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while not db.one(_THERE, run_id=run_id, seq=seq).there:
        assert time.monotonic() < deadline_s, f"run {run_id} did not get to {seq}"


def finish(db: Database, lease: Lease, seen_seq: int | None = None) -> AppendResult:
    """End a run as its executor does: event, tasks, row and lease in one statement."""
    with db.transaction() as tx:
        return finish_in(tx, lease, seen_seq)


def finish_in(tx: Transaction, lease: Lease, seen_seq: int | None = None) -> AppendResult:
    """The same in a transaction that goes on."""
    return log.append(
        tx,
        lease.run_id,
        [finished()],
        epoch=lease.epoch,
        expected_seq=seen_seq,
        condition=ending(SLOTS),
    )


def ended_run(db: Database) -> str:
    """The id of a run that has been started and has completed: two events."""
    run_id = fresh_run(db)
    finish(db, granted(db, run_id))
    return run_id


def finished() -> NewEvent:
    """The event that ends a run."""
    payload = {
        "status": "completed",
        "reason_class": "completed",
        "finish_reason": "stop",
        "usage": {},
    }
    return NewEvent("run.finished", payload)


def delta(text: str) -> NewEvent:
    """An event that only readers need."""
    return NewEvent("text.delta", {"part_id": "p1.1.0", "delta": text})


def ended_text(text: str) -> NewEvent:
    """An event that the fold needs."""
    return NewEvent("text.ended", {"part_id": "p1.1.0", "text": text})


def progress(data: Any) -> NewEvent:
    """An event that only readers need, of the class that is pruned first."""
    return NewEvent("tool.progress", {"tool_call_id": "call_1", "data": data})
