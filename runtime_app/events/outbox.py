"""Notices as rows, from which they are sent: written in the transaction of their event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.events.event import Event
from runtime_app.events.notices import notice_of

_SQL = beside(__file__, "outbox.sql")


def write(tx: Transaction, run_id: str, events: Sequence[Event], status: str | None) -> None:
    """Write the notices of an append for the endpoints that want them, in its transaction.

    Args:
        events: as stored.
        status: the run's status after them, or None when they leave it.

    Effects:
        webhook_deliveries.
    """
    rows = list(_rows(tx.notices, events, status))
    if rows:
        endpoints, notices, seqs, statuses, calls, times = zip(*rows, strict=True)
        tx.execute(
            _SQL["insert_notices"],
            run_id=run_id,
            endpoints=list(endpoints),
            notices=list(notices),
            seqs=list(seqs),
            statuses=list(statuses),
            tool_call_ids=list(calls),
            times=list(times),
        )


def _rows(
    wanted: Mapping[str, Sequence[str]], events: Sequence[Event], status: str | None
) -> Iterator[tuple[Any, ...]]:
    for event in events:
        told = notice_of(event, status)
        if told is not None:
            call_id = event.payload.get("tool_call_id")
            for endpoint in wanted.get(told[0], ()):
                yield endpoint, told[0], event.seq, told[1], call_id, event.occurred_at
