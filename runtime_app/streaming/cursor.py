"""Where a reader begins, decided from what it sent and how far the log reaches."""

from dataclasses import dataclass

from runtime_app.errors import Detail, InvalidRequest, StaleCursor


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for; at most one of the ways to begin, each as it was sent."""

    cursor: str | None = None
    last_event_id: str | None = None
    tail: str | None = None
    from_: str | None = None


def resolve(wanted: Wanted, *, floor_seq: int, latest_seq: int) -> int:
    """The seq after which the stream begins.

    `cursor` and `Last-Event-ID` are two spellings of one thing; `tail=N` means the last N events;
    `from=now`, or nothing at all, means what comes after the head. A browser that reconnects sends
    its first query again, so `Last-Event-ID` overrules `tail` and `from`.

    Raises:
        InvalidRequest: not a number, ahead of the log, or two ways to begin.
        StaleCursor: before the floor, where gap-free reading starts.
    """
    given = {"cursor": wanted.cursor, "tail": wanted.tail, "from": wanted.from_}
    ways = [name for name, value in given.items() if value is not None]
    if len(ways) > 1:
        raise InvalidRequest.field(ways[1], f"and {ways[0]} are two ways to begin; send one")
    if wanted.from_ is not None and wanted.from_ != "now":
        raise InvalidRequest.field("from", "must be 'now'")
    tail = None if wanted.tail is None else _number("tail", wanted.tail)
    cursor = _cursor(wanted)
    if cursor is None:
        return latest_seq if tail is None else max(floor_seq, latest_seq - tail)
    if cursor > latest_seq:
        sent_as = "Last-Event-ID" if wanted.cursor is None else "cursor"
        raise InvalidRequest.field(sent_as, f"{cursor} is ahead of the log (at {latest_seq})")
    if cursor < floor_seq:
        raise StaleCursor(
            f"events up to {floor_seq} are no longer kept; "
            "read the snapshot and begin at its latestSeq",
            [Detail("floorSeq", str(floor_seq)), Detail("latestSeq", str(latest_seq))],
        )
    return cursor


def _cursor(wanted: Wanted) -> int | None:
    given = [
        _number(name, value)
        for name, value in (("cursor", wanted.cursor), ("Last-Event-ID", wanted.last_event_id))
        if value is not None
    ]
    if len(given) == 2 and given[0] != given[1]:
        raise InvalidRequest.field("cursor", "and Last-Event-ID differ; send one of them")
    return given[0] if given else None


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidRequest.field(name, f"must be a whole number of 0 or more, not {text!r}")
    return int(text)
