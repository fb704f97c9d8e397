"""What may be the beginning of a secret's beginning, where a text is cut."""

import re

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.finder import LEFT
from runtime_app.sanitizer.prefixes import BY_BEGINNING
from runtime_app.sanitizer.profile import Profile

_WINDOW = 128


def _cut(*literals: str) -> str:
    """All ways in which one of these texts may be cut."""
    cuts = {text[:size] for text in literals for size in range(1, len(text))}
    return "|".join(re.escape(cut) for cut in sorted(cuts, key=lambda cut: (-len(cut), cut)))


_PEM = rf"{_cut('-----BEGIN ')}|-----BEGIN [A-Z0-9 ]{{0,60}}-{{0,5}}"
_MARKER = rf"{_cut('[redacted:')}|\[redacted:[a-z0-9_]{{0,40}}(?::[a-z]?(?::[a-z2-7]{{0,8}})?)?"
_SECRETS = (
    rf"{LEFT}({_cut(*(begins.decode() for begins in BY_BEGINNING), 'eyJ')})\z",
    rf"({_PEM}|{_MARKER})\z",
    r"://([^\s/?#\"'<>\\]+)\z",
)
_PERSONAL = (
    r"([A-Za-z0-9._%+'-]{1,64}@?)\z",
    r"\b([2-6][0-9]{3}[ -][0-9]{0,4})\z",
    r"\b([A-Z]{2}[0-9]{2} [A-Z0-9]{0,4})\z",
)
_PATTERNS = {
    Profile.SECRETS: [compiled(each) for each in _SECRETS],
    Profile.PRIVATE: [compiled(each) for each in _SECRETS + _PERSONAL],
}


def opening(data: bytes, profile: Profile, after: int = 0) -> int:
    """Where the tail begins that might, with more text, begin a secret; if none does, the end.

    Args:
        after: what stands before has been decided.
    """
    start = max(after, len(data) - _WINDOW)
    found = (pattern.search(data, start) for pattern in _PATTERNS[profile])
    return min((match.start(1) for match in found if match is not None), default=len(data))
