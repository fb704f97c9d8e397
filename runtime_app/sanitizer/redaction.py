"""A text with markers in place of its secrets."""

from collections.abc import Iterable

from runtime_app.sanitizer.engine import raw, shown
from runtime_app.sanitizer.finder import find
from runtime_app.sanitizer.hit import Hit
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import MAX_STRING_BYTES, Budget, TooManyCandidates, oversize
from runtime_app.sanitizer.marker import marker
from runtime_app.sanitizer.profile import Profile

_SHORTEST = 6  # no rule finds a secret in fewer characters


def redact(text: str, profile: Profile, key: PseudonymKey, budget: Budget | None = None) -> str:
    """`text` without its secrets; the same object when there are none.

    A text of more than 256 KiB, or with more places that look like the beginning of a secret than
    the budget has left (2,048 if none is given), is replaced whole.
    """
    if len(text) < _SHORTEST:
        return text
    data = raw(text)
    if len(data) > MAX_STRING_BYTES:
        return oversize(data)
    try:
        hits = find(data, profile, budget or Budget()).hits
    except TooManyCandidates:
        return oversize(data)
    return shown(replaced(data, hits, key)) if hits else text


def replaced(
    data: bytes, hits: Iterable[Hit], key: PseudonymKey, start: int = 0, stop: int | None = None
) -> bytes:
    """`data[start:stop]` with markers for `hits`, which are in order and all within."""
    pieces = []
    for hit in hits:
        made = marker(key, hit.kind, data[hit.start : hit.end])
        pieces += [data[start : hit.start], made.encode()]
        start = hit.end
    return b"".join([*pieces, data[start:stop]])
