"""What a rule says of a place in a text that looks like the beginning of a secret."""

from typing import NamedTuple


class Hit(NamedTuple):
    """A secret: bytes `start` to `end`, and its kind."""

    start: int
    end: int
    kind: str


class Verdict(NamedTuple):
    """What a judge found.

    Args:
        resume: where the search goes on; never before the place that was judged.
        hit: the secret, if it is one.
        open_at: the text ended before this could be decided; what begins here may become a secret.
            Only while more text may come.
    """

    resume: int
    hit: Hit | None = None
    open_at: int | None = None


def found(start: int, end: int, kind: str) -> Verdict:
    """A secret from `start` to `end`; the search goes on behind it."""
    return Verdict(end, Hit(start, end, kind))
