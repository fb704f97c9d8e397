"""Rows as values: a table, a key, columns, and a hash over all of it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.canonical import canonical

SOURCE = "openagents-runtime"
VERSION = "laravel.v1"

THREADS, RUNS, MESSAGES, RUN_EVENTS = "threads", "runs", "messages", "run_events"
#: Tables whose rows belong to one run, in the order of writing; a thread is shared by its runs.
OF_A_RUN = (RUNS, MESSAGES, RUN_EVENTS)
MODULUS = 2**128


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a read model.

    Args:
        columns: without the tag; times as RFC 3339 text, JSON as canonical text.
    """

    table: str
    key: str
    columns: Mapping[str, Any]
    hash: int = field(init=False)

    def __post_init__(self) -> None:
        text = canonical([VERSION, self.table, self.key, dict(self.columns)])
        digest = hashlib.sha256(text.encode()).digest()[:16]
        object.__setattr__(self, "hash", int.from_bytes(digest, "big"))

    @property
    def tagged(self) -> dict[str, Any]:
        """The columns as they are stored."""
        return {
            **self.columns,
            "runtime_source": SOURCE,
            "runtime_version": VERSION,
            "runtime_row_hash": self.hash,
        }


def digest_of(rows: Iterable[Row]) -> int:
    """The sum of the hashes; the order of the rows does not matter."""
    return sum(row.hash for row in rows) % MODULUS
