"""Append to a run's log, and read it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import stored_loads
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import (
    ConditionUnmet,
    EpochSuperseded,
    Fenced,
    HeadMoved,
    NotFound,
    RunClosed,
)
from runtime_app.events import outbox
from runtime_app.events.catalog import CATALOG
from runtime_app.events.condition import Condition
from runtime_app.events.event import NOBODY, AppendResult, Event, NewEvent, Origin
from runtime_app.events.hashchain import Link
from runtime_app.events.reactions import jobs_for
from runtime_app.observability import spans, telemetry

SQL = beside(__file__)
MAX_BATCH = 256
#: Events of a page for readers, and bytes of their payloads after which nothing more is in it.
PAGE, PAGE_BYTES = 200, 131_072
#: Seqs that a fold looks at in one page.
FOLD_PAGE = 2000
#: Bytes of payloads after which nothing more is in any other page, however few its events are.
LARGE_PAGE_BYTES = 1_048_576
_MAX_SEQ = 2**63 - 1

_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Head:
    """A run's head: how far its log reaches and who may write to it."""

    seq: int
    chain_head: bytes
    epoch: int
    cancel_requested: bool
    closed_seq: int | None
    floor_seq: int


def append(
    tx: Transaction,
    run_id: str,
    events: Sequence[NewEvent],
    *,
    epoch: int | None = None,
    expected_seq: int | None = None,
    status: str | None = None,
    origin: Origin = NOBODY,
    condition: Condition | None = None,
) -> AppendResult:
    """Append events to a run's log in the caller's transaction, in one statement.

    Payloads are sanitized first: what is hashed, stored and returned holds no secrets.

    Args:
        events: 1..256 events in order.
        epoch: the lease epoch of the executor, or None for any other writer.
        expected_seq: the head that the writer has decided on, or None when it does not matter.
        status: the run's status after these events, or None when they leave it.
        condition: what must hold besides, and what is written together with the events.
        origin: the request that they come from or answer; an executor's keep no tracestate.

    Returns:
        The head after the append, whether cancel has been requested, the events as stored.

    Raises:
        EpochSuperseded: another holder has been granted the run.
        HeadMoved: the head is not `expected_seq`.
        RunClosed: the run has ended.
        NotFound: there is no such run.
        ConditionUnmet: what the condition says when it does not hold.

    Effects:
        run_events, run_heads, runs.status; what the condition writes; the notices that are wanted,
        in a transaction of more than one statement; NOTIFY run_events (and
        run_control with a cancel request); the catalogue's jobs after commit, unless the
        condition's query has seen that somebody holds the run.
    """
    if not 1 <= len(events) <= MAX_BATCH:
        raise ValueError(f"an append takes 1 to {MAX_BATCH} events, not {len(events)}")
    if any(event.type == "run.finished" for event in events[:-1]):
        raise ValueError("nothing comes after run.finished")
    texts = [event.text(tx.sanitizer) for event in events]
    specs = [CATALOG[event.type] for event in events]
    classes = [spec.retention.value for spec in specs]
    began_s = _CLOCK.monotonic()
    about: dict[str, spans.Value] = {"oa.run_id": run_id, "oa.events": len(events)}
    with spans.span("runtime.persist", origin.trace, about) as span:
        row = tx.one(
            SQL["append_events"] if condition is None else condition.query,
            **({} if condition is None else condition.params),
            run_id=run_id,
            expected_seq=expected_seq,
            epoch=epoch,
            types=[event.type for event in events],
            versions=[spec.version for spec in specs],
            classes=classes,
            payloads=texts,
            status=status,
            trace_id=origin.trace_id,
            request_id=origin.request_id,
            span_id=origin.span_id,
            trace_flags=origin.trace_flags if origin.span_id else None,
            tracestate=origin.tracestate if epoch is None else None,
        )
        assert row is not None
        span.put("oa.outcome", row.outcome)
        if row.outcome == "ok":
            span.put("oa.seq", row.seq)
    refuse(run_id, row.outcome, {} if condition is None else condition.unmet)
    tell(tx, _CLOCK.monotonic() - began_s, classes)
    for job in () if getattr(row, "held", False) else jobs_for(run_id, events):
        tx.after_commit(job)
    kept = _as_stored(events, texts, row.seq, row.occurred_at)
    if condition is not None and condition.done is not None:
        condition.done(tx, row, kept)
    if tx.notices:
        outbox.write(tx, run_id, kept, status)
    return AppendResult(row.seq, row.cancel_requested, kept)


def tell(tx: Transaction, seconds: float, classes: Iterable[str]) -> None:
    """Let `tx` tell of an append that was taken: its time, and the classes of its events."""
    tx.tell("append.ended", seconds)
    for name, events in Counter(classes).items():
        tx.tell("append.events", events, **{"class": name})


def _as_stored(
    events: Sequence[NewEvent], texts: Sequence[str], head_seq: int, occurred_at: datetime
) -> tuple[Event, ...]:
    """The events of a batch as a reader would find them; `head_seq` is that of the last one."""
    first = head_seq - len(events) + 1
    return tuple(
        Event(first + n, event.type, CATALOG[event.type].version, stored_loads(text), occurred_at)
        for n, (event, text) in enumerate(zip(events, texts, strict=True))
    )


_NONE: Mapping[str, type[ConditionUnmet]] = {}

_OUTCOMES: dict[str, type[Fenced]] = {
    "superseded": EpochSuperseded,
    "raced": HeadMoved,
    "closed": RunClosed,
}


def refuse(run_id: str, outcome: str, unmet: Mapping[str, type[ConditionUnmet]] = _NONE) -> None:
    """Raise what an append's outcome means, unless it is `ok`.

    Args:
        unmet: the outcomes that are its condition's.
    """
    if outcome == "ok":
        return
    if outcome in unmet:
        raise unmet[outcome](f"run {run_id}: nothing was appended ({outcome})")
    telemetry.emit("append.fenced", outcome=outcome)
    if outcome == "missing":
        raise NotFound(f"there is no run {run_id!r}")
    raise _OUTCOMES[outcome](f"run {run_id}: nothing was appended ({outcome})")


def head(tx: Transaction | Database, run_id: str) -> Head | None:
    """The run's head as committed, or None."""
    row = tx.one(SQL["get_head"], run_id=run_id)
    if row is None:
        return None
    return Head(
        row.seq,
        bytes(row.chain_head),
        row.epoch,
        row.cancel_requested,
        row.closed_seq,
        row.floor_seq,
    )


def read_page(db: Transaction | Database, run_id: str, after: int) -> list[tuple[Event, int]]:
    """The events after `after`, in order, each with the bytes of its payload.

    At most 200, and none after those that have come to 128 KiB together.
    """
    rows = db.all(
        SQL["read_page"],
        run_id=run_id,
        after=after,
        until=_until(after, PAGE),
        limit_bytes=PAGE_BYTES,
    )
    return [(_event(row), row.payload_bytes) for row in rows]


def read_for_fold(db: Transaction | Database, run_id: str, after: int = 0) -> Iterator[Event]:
    """The events with seq > `after` that the fold needs: no delta or progress but the last.

    Read as they are taken, from 2000 seqs at a time or until they have come to 1 MiB; what is
    appended meanwhile may come too.
    """
    while True:
        until = after + FOLD_PAGE
        rows = db.all(
            SQL["read_for_fold"],
            run_id=run_id,
            after=after,
            until=until,
            limit_bytes=LARGE_PAGE_BYTES,
        )
        if not rows:
            return
        for row in rows:
            if row.seq is not None:
                yield stored(row)
        full = sum(row.payload_bytes or 0 for row in rows) >= LARGE_PAGE_BYTES
        after = rows[-1].seq if full else until
        if rows[-1].head_seq <= after:
            return


def read_links(db: Transaction | Database, run_id: str, after: int, limit: int) -> list[Link]:
    """The events as the chain sees them: canonical payload text and hashes.

    At most `limit` (1..1000), and none after those that have come to 1 MiB together.
    """
    rows = db.all(
        SQL["read_links"],
        run_id=run_id,
        after=after,
        until=_until(after, limit),
        limit_bytes=LARGE_PAGE_BYTES,
    )
    return [
        Link(
            row.seq,
            row.event_type,
            row.event_version,
            row.occurred_at,
            row.payload,
            bytes(row.payload_hash),
            bytes(row.prev_hash),
            bytes(row.event_hash),
        )
        for row in rows
    ]


def first_after(db: Transaction | Database, run_id: str, after: int) -> int | None:
    """The seq of the next event that is stored past `after`, be there a gap or not; or None."""
    row = db.one(SQL["first_after"], run_id=run_id, after=after)
    return None if row is None else int(row.seq)


def _until(after: int, limit: int) -> int:
    return min(after + limit, _MAX_SEQ)


def origin_of(row: Any) -> Origin:
    """The origin that a row keeps."""
    return Origin(row.trace_id, row.request_id, row.span_id, row.trace_flags or 0, row.tracestate)


def stored(row: Any) -> Event:
    """The event of a row that has all of its columns, its origin included."""
    return _event(row, origin_of(row))


def _event(row: Any, origin: Origin = NOBODY) -> Event:
    pruned = row.payload is None
    payload = {} if pruned else stored_loads(row.payload)
    return Event(
        row.seq, row.event_type, row.event_version, payload, row.occurred_at, origin, pruned
    )
