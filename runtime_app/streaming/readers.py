"""Who reads in this process, and whether one more may."""

import threading
from collections import Counter
from dataclasses import dataclass

from runtime_app.runs.admission import throttled


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Streams that one process serves at once: of one run, to one owner, in all.

    Args:
        stall_s: how long the client of one may take nothing of what it is sent.
    """

    per_run: int = 1000
    per_owner: int = 1000
    per_process: int = 5000
    stall_s: float = 60.0


class Readers:
    """The streams open in this process, by run and by owner. Other processes are not counted."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._of_run: Counter[str] = Counter()
        self._of_owner: Counter[str] = Counter()
        self._open = 0

    def enter(self, run_id: str, owner: str) -> "Place":
        """Count one more stream, until its place is left.

        Raises:
            Throttled: `streams_per_run`, `streams_per_owner` or `streams_per_process`.
        """
        limits = self._limits
        with self._lock:
            checks = (
                ("streams_per_process", self._open, limits.per_process, "this process"),
                ("streams_per_owner", self._of_owner[owner], limits.per_owner, "the owner"),
                ("streams_per_run", self._of_run[run_id], limits.per_run, "the run"),
            )
            full = next((check for check in checks if check[1] >= check[2]), None)
            if full is None:
                self._count(run_id, owner, 1)
                return Place(self, run_id, owner)
            self._forget(run_id, owner)
        name, _, limit, whose = full
        raise throttled(name, f"{whose} has {limit} streams open here", retry_after_s=5)

    @property
    def open(self) -> int:
        """Streams open in this process."""
        return self._open

    def leave(self, run_id: str, owner: str) -> None:
        """Count one stream less."""
        with self._lock:
            self._count(run_id, owner, -1)
            self._forget(run_id, owner)

    def _count(self, run_id: str, owner: str, by: int) -> None:
        self._open += by
        self._of_run[run_id] += by
        self._of_owner[owner] += by

    def _forget(self, run_id: str, owner: str) -> None:
        for counter, key in ((self._of_run, run_id), (self._of_owner, owner)):
            if not counter[key]:
                del counter[key]


class Place:
    """One stream's place among the readers; leave it however the stream ends, once is counted."""

    def __init__(self, readers: Readers, run_id: str, owner: str) -> None:
        self._readers: Readers | None = readers
        self._run_id = run_id
        self._owner = owner

    def leave(self) -> None:
        """Give the place back; nothing happens the second time."""
        readers, self._readers = self._readers, None
        if readers is not None:
            readers.leave(self._run_id, self._owner)
