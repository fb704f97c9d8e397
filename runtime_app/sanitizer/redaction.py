"""A text with markers in place of its secrets."""

from collections.abc import Iterable

from runtime_app.sanitizer.engine import raw, shown
from runtime_app.sanitizer.finder import TooManyCandidates, find
from runtime_app.sanitizer.hit import Hit
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import MAX_STRING_BYTES, oversize
from runtime_app.sanitizer.marker import marker
from runtime_app.sanitizer.profile import Profile

_SHORTEST = 6  # no rule finds a secret in fewer characters


def redact(text: str, profile: Profile, key: PseudonymKey) -> str:
    """`text` without its secrets; the same object when there are none.

    A text of more than 256 KiB, or with more than 1,024 places that look like the beginning of a
    secret, is replaced whole.
    """
    if len(text) < _SHORTEST:
        return text
    data = raw(text)
    if len(data) > MAX_STRING_BYTES:
        return oversize(data)
    try:
        hits = find(data, profile).hits
    except TooManyCandidates:
        return oversize(data)
    return shown(replaced(data, hits, key)) if hits else text


def replaced(
    data: bytes, hits: Iterable[Hit], key: PseudonymKey, start: int = 0, stop: int | None = None
) -> bytes:
    """`data[start:stop]` with markers for `hits`, which are in order and all within."""
    pieces = []
    for hit in hits:
        pieces += [
            data[start : hit.start],
            marker(key, hit.kind, data[hit.start : hit.end]).encode(),
        ]
        start = hit.end
    return b"".join([*pieces, data[start:stop]])
