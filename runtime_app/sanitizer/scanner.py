"""Text that comes in pieces: a secret may be cut over them, at any place."""

from collections.abc import Callable
from typing import Any

from runtime_app.sanitizer.engine import compiled, raw, shown
from runtime_app.sanitizer.finder import find
from runtime_app.sanitizer.hit import Hit
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import (
    DROPPED,
    MAX_HELD_BYTES,
    Budget,
    TooManyCandidates,
    oversize,
)
from runtime_app.sanitizer.openings import opening
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import replaced

_CONTEXT = 256
_END = b"-----END"
_UNTIL_END = compiled(_END.decode())
_UNTIL_SPACE = compiled(r"[\s\"]")


class Scanner:
    """Feed pieces, take what may be shown; `end` gives the rest.

    What comes out, put together, is what the whole text would have become. Held back is only a
    tail that may belong to a secret, at most 8 KiB: an open one of that length is replaced, and
    what follows of it is dropped.
    """

    def __init__(self, key: PseudonymKey, profile: Profile, on_failure: Callable[[], None]) -> None:
        self._key = key
        self._profile = profile
        self._on_failure = on_failure
        self._begin()

    def _begin(self) -> None:
        self._data = b""  # what was shown last, as context, and what is held
        self._floor = 0  # what stands before it is looked at for boundaries only
        self._shown_to = 0
        self._dropping: Any = None
        self._dropped = b""

    def feed(self, piece: str) -> str:
        """What may be shown now."""
        return self._safely(raw(piece), final=False)

    def end(self) -> str:
        """The rest. The scanner is as new afterwards."""
        rest = self._safely(b"", final=True)
        self._begin()
        return rest

    def _safely(self, piece: bytes, final: bool) -> str:
        try:
            return self._take(piece, final)
        except Exception:  # noqa: BLE001 - what could not be sanitized is dropped, and counted
            self._begin()
            self._on_failure()
            return DROPPED

    def _take(self, piece: bytes, final: bool) -> str:
        self._data += self._kept(piece)
        try:
            findings = find(self._data, self._profile, Budget(), self._floor, final=final)
        except TooManyCandidates:
            whole = oversize(self._data[self._shown_to :])
            self._forget(len(self._data), [])
            return whole
        hits = [hit for hit in findings.hits if hit.end > self._shown_to]
        stop = len(self._data)
        if not final:
            decided = hits[-1].end if hits else 0
            stop = findings.open_at if findings.open_at is not None else stop
            stop = max(self._shown_to, min(stop, opening(self._data, self._profile, decided)))
            if len(self._data) - stop > MAX_HELD_BYTES:
                hits.append(Hit(stop, len(self._data), "secret"))
                pem = self._data[stop:].startswith(b"-----BEGIN")
                self._dropping = _UNTIL_END if pem else _UNTIL_SPACE
                stop = len(self._data)
        ready = replaced(self._data, hits, self._key, self._shown_to, stop)
        self._forget(stop, hits)
        return shown(ready)

    def _forget(self, stop: int, hits: list[Hit]) -> None:
        """Keep what is held, and before it a little of what was shown."""
        earliest = max(stop - _CONTEXT, hits[-1].end if hits else self._floor)
        start = max(0, earliest - 1)
        self._data = self._data[start:]
        self._floor = earliest - start
        self._shown_to = stop - start

    def _kept(self, piece: bytes) -> bytes:
        """A piece without what belongs to a secret that was too long to be held."""
        if self._dropping is None:
            return piece
        joined = self._dropped + piece
        behind = self._dropping.search(joined)
        if behind is None:
            self._dropped = joined[-len(_END) :]
            return b""
        self._dropping, self._dropped = None, b""
        return joined[behind.start() :]
