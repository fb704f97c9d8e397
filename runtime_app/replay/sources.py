"""Where a replay reads its log: the database, or an exported file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime_app.anchors.export import FORMAT
from runtime_app.canonical import stored_loads
from runtime_app.db.database import Database
from runtime_app.errors import NotFound
from runtime_app.events import log
from runtime_app.events.event import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAnExport(ValueError):
    """The file is not what `runs export` writes; says in which line."""


@dataclass(frozen=True, slots=True)
class Source:
    """A run's log from its first event, read as it is taken."""

    run_id: str
    events: Iterator[Event]


def stored(db: Database, run_id: str) -> Source:
    """The log in the database, up to its head; without what only readers need.

    Raises:
        NotFound: there is no such run.
    """
    if log.head(db, run_id) is None:
        raise NotFound(f"there is no run {run_id!r}")
    return Source(run_id, log.read_for_fold(db, run_id))


def exported(lines: Iterable[bytes]) -> Source:
    """The log of an exported file. Its hashes are not looked at: `docs/verify/` checks those.

    Raises:
        NotAnExport: at once or while the events are read.
    """
    numbered = enumerate(lines, start=1)
    for number, line in numbered:
        head = _line(number, line)
        if head.get("kind") != "run" or head.get("format") != FORMAT:
            raise NotAnExport(f"line {number} is not the first of an export in the form {FORMAT}")
        return Source(str(head["runId"]), _events(numbered))
    raise NotAnExport("the file is empty")


def _events(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    for number, line in numbered:
        read = _line(number, line)
        if read.get("kind") != "event":
            continue
        try:
            text = read["payload"]
            yield Event(
                read["seq"],
                read["type"],
                read["version"],
                {} if text is None else stored_loads(text),
                _EPOCH + timedelta(microseconds=read["occurredAtUs"]),
                pruned=text is None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NotAnExport(f"line {number} is not an event of an export: {error!r}") from error


def _line(number: int, line: bytes) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except ValueError as error:
        raise NotAnExport(f"line {number} is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise NotAnExport(f"line {number} is not a JSON object")
    return read
