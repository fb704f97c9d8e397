"""The name of a statement on its way to Postgres: that of the query which it was made from."""

import re
from functools import cache

from runtime_app.db.sql import Queries
from tests.support.stack import PROJECT

_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_TYPES = re.compile(r"runtime\.append_events\(.*?ARRAY\[([^]]*)\]::text\[\]", re.DOTALL)
_OPENING = re.compile(r"^begin[^;]*;\s*")


@cache
def _known() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each named query of the runtime with the pieces of its text between its parameters."""
    return tuple(
        (f"{path.parent.name}.{query.name}", _pieces(query.text))
        for path in sorted((PROJECT / "runtime_app").rglob("*.sql"))
        for query in Queries(path).values()
    )


def name_of(statement: str) -> str | None:
    """Room and name of its query, with the last event that it appends; `commit`; or None."""
    if statement == "commit":
        return statement
    text = _OPENING.sub("", statement)
    name = next((name for name, pieces in _known() if _fits(pieces, text)), None)
    types = _TYPES.search(text)
    return name if name is None or types is None else f"{name} {_last(types[1])}"


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece.replace("%%", "%") for piece in _PLACEHOLDER.split(text))


def _fits(pieces: tuple[str, ...], text: str) -> bool:
    at = len(pieces[0])
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    for piece in pieces[1:]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(pieces) > 1 or len(text) == at


def _last(types: str) -> str:
    return types.rpartition(",")[2].strip("' ")
