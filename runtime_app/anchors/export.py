"""A run as one file that an outsider can check: JSON lines, described in docs/INTEGRITY.md.

The head comes first, then the anchors, then the events; each line is the compact JSON of its
fields in the order of their names. A checker so needs no more memory than a line and the anchors,
and knows from the first line how many lines there must be.
"""

import json
from collections.abc import Iterator
from typing import Any

from runtime_app.anchors.places import Anchors
from runtime_app.clock import epoch_us
from runtime_app.db.database import Database
from runtime_app.errors import Conflict, NotFound
from runtime_app.events.catalog import CATALOG, Retention
from runtime_app.events.hashchain import Link
from runtime_app.events.integrity import PAGE
from runtime_app.events.log import head, read_links

FORMAT = "oa.run.v1"


def export(db: Database, anchors: Anchors | None, run_id: str) -> Iterator[bytes]:
    """The lines of the run's file, from its first event to its head as it is now.

    Nothing is checked: what is stored is what comes. What begins before the run is pruned and would
    end after that goes nowhere, for it would look like a file that somebody has tampered with.

    Args:
        anchors: None leaves them out.

    Raises:
        NotFound: there is no such run.
        Conflict: the run was pruned meanwhile.
        Doubtful, Unavailable: an anchor cannot be read.
    """
    anchored = [] if anchors is None else anchors.all(run_id)
    top = head(db, run_id)
    if top is None:
        raise NotFound(f"there is no run {run_id!r}")
    yield _line(
        kind="run",
        format=FORMAT,
        runId=run_id,
        events=top.seq,
        head=top.chain_head.hex(),
        anchors=len(anchored),
    )
    for anchor in anchored:
        yield _line(kind="anchor", **anchor.facts())
    after, pruning = 0, _Pruning(db, run_id, live=top.closed_seq is None)
    while after < top.seq:
        page = read_links(db, run_id, after, min(PAGE, top.seq - after))
        pruning.look(page)
        yield from map(_event, page)
        if not page:
            break
        after = page[-1].seq


class _Pruning:
    """Sees payloads go while they are being read.

    What had gone before, by right or not, is none of its business: the file shows it.
    """

    def __init__(self, db: Database, run_id: str, *, live: bool) -> None:
        self._db, self._run_id, self._live = db, run_id, live
        self._kept: dict[Retention, int] = {}

    def look(self, page: list[Link]) -> None:
        """Look at the next page.

        Raises:
            Conflict: a payload of a kind is gone, and an older one, or all of them, was there.
        """
        for link in page:
            spec = CATALOG.get(link.type)
            if spec is None:
                continue
            older = self._kept.get(spec.retention)
            if link.payload_text is not None:
                self._kept.setdefault(spec.retention, link.seq)
            elif (older is not None and self._gone(older)) or (self._live and self._closed()):
                raise Conflict(
                    f"run {self._run_id} was pruned while it was being exported: export it again"
                )

    def _gone(self, seq: int) -> bool:
        link = read_links(self._db, self._run_id, seq - 1, 1)
        return bool(link) and link[0].payload_text is None

    def _closed(self) -> bool:
        now = head(self._db, self._run_id)
        return now is not None and now.closed_seq is not None


def _event(link: Link) -> bytes:
    return _line(
        kind="event",
        seq=link.seq,
        type=link.type,
        version=link.version,
        occurredAtUs=epoch_us(link.occurred_at),
        payload=link.payload_text,
        payloadHash=link.payload_hash.hex(),
        prevHash=link.prev_hash.hex(),
        eventHash=link.event_hash.hex(),
    )


def _line(**fields: Any) -> bytes:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"
