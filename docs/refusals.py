"""Every error that a caller may see, read off the error tree and the edge's table."""

from collections.abc import Iterator
from dataclasses import dataclass

from docs import words
from runtime_app import errors
from web.errors import _CODES as EDGE_CODES


@dataclass(frozen=True, order=True)
class Refusal:
    """One row: what a caller gets, and when."""

    status: int
    code: str
    retryable: bool
    meaning: str


def refusals() -> list[Refusal]:
    """All of them, by status, each once."""
    from_core = [
        Refusal(status, fault.code, fault.retryable, meaning) for fault, meaning, status in _tree()
    ]
    known = {(row.status, row.code) for row in from_core}
    from_edge = [
        Refusal(status, code, False, words.EDGE_ERRORS[status])
        for status, code in EDGE_CODES.items()
        if (status, code) not in known
    ]
    root = errors.RuntimeFault
    crash = Refusal(root.status_hint, root.code, False, words.CRASH)
    return sorted((*from_core, *from_edge, crash))


def _tree() -> Iterator[tuple[type[errors.RuntimeFault], str, int]]:
    """The leaves of the error tree with their line in the tree's drawing."""
    for line in (errors.__doc__ or "").splitlines():
        name, _, rest = line.strip(" │├└─").partition(" ")
        meaning, _, status = rest.strip().rpartition(" ")
        if status.isdigit():
            yield getattr(errors, name), meaning.strip(), int(status)
