"""From model output, token by token, to as few events as readers will not notice.

Pure: time comes in with every call. The first piece of a part is due at once, what follows after
`every_s` or `max_bytes`, whichever comes first.
"""

from dataclasses import dataclass

from runtime_app.events.event import NewEvent
from runtime_app.ids import part_id


@dataclass(frozen=True, slots=True)
class CoalescePolicy:
    """How long, in seconds, and how large, in bytes, a batch of deltas may get."""

    every_s: float = 0.025
    max_bytes: int = 2048


class Coalescer:
    """Collects the output of one attempt at a step. Parts are `text` or `reasoning`."""

    def __init__(self, policy: CoalescePolicy, step: int, attempt: int) -> None:
        self._policy = policy
        self._step = step
        self._attempt = attempt
        self._parts = 0
        self._kind: str | None = None
        self._part_id = ""
        self._whole: list[str] = []
        self._pending: list[str] = []
        self._pending_bytes = 0
        self._events: list[NewEvent] = []
        self._due_s: float | None = None

    def feed(self, kind: str, piece: str, now_s: float) -> None:
        """Take a piece of a part; another kind than before ends the part before."""
        if kind != self._kind:
            self._end_part()
            self._begin_part(kind)
            self._due_s = now_s
        self._whole.append(piece)
        self._pending.append(piece)
        self._pending_bytes += len(piece.encode("utf-8", "replace"))
        if self._due_s is None:
            self._due_s = now_s + self._policy.every_s
        if self._pending_bytes >= self._policy.max_bytes:
            self._due_s = now_s

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until `flush` is due (0 when it is), None when nothing is waiting."""
        return None if self._due_s is None else max(0.0, self._due_s - now_s)

    def flush(self) -> list[NewEvent]:
        """The events that are waiting; empty when nothing is."""
        self._end_delta()
        events, self._events = self._events, []
        self._due_s = None
        return events

    def close(self) -> list[NewEvent]:
        """The events that are waiting, and the end of the open part with its whole text."""
        self._end_part()
        return self.flush()

    def _begin_part(self, kind: str) -> None:
        self._kind = kind
        self._parts += 1
        self._part_id = part_id(self._step, self._attempt, self._parts)
        payload = {"part_id": self._part_id, "step": self._step}
        self._events.append(NewEvent(f"{kind}.started", payload))

    def _end_delta(self) -> None:
        if self._pending:
            payload = {"part_id": self._part_id, "delta": "".join(self._pending)}
            self._events.append(NewEvent(f"{self._kind}.delta", payload))
            self._pending, self._pending_bytes = [], 0

    def _end_part(self) -> None:
        if self._kind is None:
            return
        self._end_delta()
        payload = {"part_id": self._part_id, "text": "".join(self._whole)}
        self._events.append(NewEvent(f"{self._kind}.ended", payload))
        self._kind, self._whole = None, []
