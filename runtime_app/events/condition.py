"""What must hold for an append, asked in the append's own statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime_app.db.sql import Query
from runtime_app.db.transaction import Transaction
from runtime_app.errors import ConditionUnmet
from runtime_app.events.event import Event


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of an append: they hold together or neither happens, in one round trip.

    Args:
        query: calls `append_events` with the parameters of every append if its condition holds. It
            answers as that function does; its outcome is one of `unmet` where it does not hold. A
            column `held` says that somebody holds the run, so that nobody has to be woken: the
            holder parks at a head that it has folded only.
        params: what it needs besides.
        unmet: outcome -> the error that says so.
        done: hears of an append that was taken: its transaction, the answer, the events as stored.
    """

    query: Query
    params: Mapping[str, Any]
    unmet: Mapping[str, type[ConditionUnmet]] = field(default_factory=dict)
    done: Callable[[Transaction, Any, Sequence[Event]], None] | None = None
