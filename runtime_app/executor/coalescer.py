"""From model output, token by token, to as few events as readers will not notice.

Pure: time comes in with every call. What a part shows first is due at once, what follows after
`every_s` or `max_bytes`, whichever comes first.

Every part passes a scanner: what may be the beginning of a secret waits until it is known whether
it is one, so that no cut between pieces lets it through.
"""

from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import REPLACEMENT, make_safe
from runtime_app.events.event import NewEvent
from runtime_app.ids import part_id
from runtime_app.sanitizer import Sanitizer


@dataclass(frozen=True, slots=True)
class CoalescePolicy:
    """How long, in seconds, and how large, in bytes, a batch of deltas may get.

    Args:
        part_bytes: about where a part ends and another goes on; of a text larger than 256 KiB the
            sanitizer keeps nothing but its hash.
    """

    every_s: float = 0.025
    max_bytes: int = 2048
    part_bytes: int = 131_072


class Coalescer:
    """Collects the output of one attempt at a step. Parts are `text` or `reasoning`."""

    def __init__(
        self, policy: CoalescePolicy, sanitizer: Sanitizer, step: int, attempt: int
    ) -> None:
        self._policy = policy
        self._sanitizer = sanitizer
        self._scanner = sanitizer.stream()
        self._step = step
        self._attempt = attempt
        self._parts = 0
        self._kind: str | None = None
        self._part_id = ""
        self._mended = False
        self._half = ""
        self._whole: list[str] = []
        self._part_bytes = 0
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
        self._wait(self._scanner.feed(self._mend(piece)))
        if self._pending and self._due_s is None:
            shown_before = self._part_bytes > self._pending_bytes
            self._due_s = now_s + (self._policy.every_s if shown_before else 0)
        if self._pending_bytes >= self._policy.max_bytes:
            self._due_s = now_s
        if self._part_bytes >= self._policy.part_bytes:
            self._close_part()
            self._begin_part(kind)  # with the same scanner: a secret may be cut here as well

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
        self._mended = False
        self._part_bytes = 0
        self._parts += 1
        self._part_id = part_id(self._step, self._attempt, self._parts)
        payload = {"part_id": self._part_id, "step": self._step}
        self._events.append(NewEvent(f"{kind}.started", payload))

    def _mend(self, piece: str) -> str:
        """What can be stored of a piece; half a surrogate pair waits for the other half."""
        piece = self._half + piece
        self._half = piece[-1:] if "\ud800" <= piece[-1:] <= "\udbff" else ""
        mended, changed = make_safe(piece.removesuffix(self._half))
        self._mended = self._mended or changed
        return str(mended)

    def _wait(self, text: str) -> None:
        if text:
            size_bytes = len(text.encode())
            self._pending.append(text)
            self._pending_bytes += size_bytes
            self._part_bytes += size_bytes

    def _end_delta(self) -> None:
        if self._pending:
            # A cut may make the rest of a word look like a secret. The append would see one there:
            # it is taken out before the text is added up, so that deltas and whole stay the same.
            delta = self._sanitizer.text("".join(self._pending))
            self._whole.append(delta)
            payload = {"part_id": self._part_id, "delta": delta}
            self._events.append(NewEvent(f"{self._kind}.delta", payload))
            self._pending, self._pending_bytes = [], 0

    def _end_part(self) -> None:
        if self._kind is None:
            return
        if self._half:
            self._half, self._mended = "", True
            self._wait(self._scanner.feed(REPLACEMENT))
        self._wait(self._scanner.end())
        self._close_part()
        self._kind = None

    def _close_part(self) -> None:
        self._end_delta()
        payload: dict[str, Any] = {"part_id": self._part_id, "text": "".join(self._whole)}
        if self._mended:
            payload["made_safe"] = True
        self._events.append(NewEvent(f"{self._kind}.ended", payload))
        self._whole = []
