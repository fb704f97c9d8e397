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
from runtime_app.errors import NotFound
from runtime_app.events.hashchain import Link
from runtime_app.events.integrity import PAGE
from runtime_app.events.log import head, read_links

FORMAT = "oa.run.v1"


def export(db: Database, anchors: Anchors | None, run_id: str) -> Iterator[bytes]:
    """The lines of the run's file, from its first event to its head as it is now.

    Nothing is checked: what is stored is what comes.

    Args:
        anchors: None leaves them out.

    Raises:
        NotFound: there is no such run.
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
    after = 0
    while after < top.seq:
        page = read_links(db, run_id, after, min(PAGE, top.seq - after))
        yield from map(_event, page)
        if not page:
            break
        after = page[-1].seq


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
