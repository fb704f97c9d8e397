"""One reader's stream: from its cursor to the end, in order, without a gap."""

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from runtime_app import sse
from runtime_app.clock import Clock
from runtime_app.errors import Unavailable
from runtime_app.events.hole import Hole, tell
from runtime_app.events.pruning import behind_floor
from runtime_app.observability import spans, telemetry
from runtime_app.observability.trace_context import TraceContext
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.chunk import Chunk, pieces, readable
from runtime_app.streaming.encoding import TERMINAL, done_at_head, floor_passed
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tail import Standing, Tail
from runtime_app.streaming.waiting import MAY_WAIT

_log = logging.getLogger(__name__)

PING_S = 15.0
RETRY_MS = 1000
_RETRY_READ_S = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader reads.

    Args:
        cursor: the stream begins after this seq.
        latest_seq: the head when the reader came; reaching it is told once.
        ended: whether the run had ended by then.
        stream_format: `ai-sdk` or `native`.
        tail_s: how long the stream lasts at most.
        trace: where the request stands that opened it.
        until_client: whether it ends once the run waits for nothing but its client.
    """

    run_id: str
    cursor: int
    latest_seq: int
    ended: bool
    stream_format: str
    tail_s: float
    trace: TraceContext | None = None
    until_client: bool = False


def follow(hub: Hub, reading: Reading, clock: Clock, bell: Bell | None = None) -> Iterator[bytes]:
    """Yield the bytes of a stream, at most 16 KiB at once, until the run's end or another.

    No database connection, thread or query is held while there is nothing to send. Closing the
    generator detaches the reader and cancels nothing.

    Args:
        bell: wakes this reader alone; who holds it can tell that the client has hung up, and may
            take bytes for it. After one that was taken in part, an empty piece is yielded.
    """
    about: dict[str, spans.Value] = {
        "oa.run_id": reading.run_id,
        "oa.format": reading.stream_format,
        "oa.cursor": reading.cursor,
    }
    bell = bell or Bell()
    span = spans.begin("runtime.stream", reading.trace, about)
    end = "error"
    telemetry.emit("stream.opened")
    try:
        end = yield from _stream(hub, reading, clock, bell)
    except GeneratorExit:
        end = "slow" if bell.slow else "gone"
        raise
    finally:
        telemetry.emit("stream.ended", end=end)
        span.put("oa.end", end)
        span.end()


def _stream(hub: Hub, reading: Reading, clock: Clock, bell: Bell) -> Generator[bytes, None, str]:
    """The bytes; how it ended: done, client, tail (its deadline), drain (ours), gone or stale.

    Stale is a reader that the floor has passed: what it would get next is no longer kept. When it
    comes again with the last id it has seen, it is told where reading starts.
    """
    yield sse.retry(RETRY_MS) + sse.comment(f"cursor {reading.cursor}")
    if reading.ended and reading.cursor >= reading.latest_seq:
        yield sse.comment(f"caught-up {reading.latest_seq}")
        yield done_at_head(reading.stream_format, reading.latest_seq)
        return "done"
    tail = hub.attach(reading.run_id, bell, reading.latest_seq)
    try:
        return (yield from _events(tail, reading, clock, bell))
    finally:
        hub.detach(tail, bell)


def _events(tail: Tail, reading: Reading, clock: Clock, bell: Bell) -> Generator[bytes, None, str]:
    came_s = clock.monotonic()
    deadline_s = came_s + reading.tail_s
    position = reading.cursor
    told = False
    hole_before = 0
    unasked = True  # what was committed before we attached has left no hint
    may_wait = True
    while not tail.closing and not bell.hung_up:
        found = _next(tail, position, bell, unasked=unasked)
        unasked = unasked and found is None
        chunks = found or ()
        good = readable(chunks, position)
        if good and position == reading.cursor:
            telemetry.emit("stream.first_event", clock.monotonic() - came_s)
        if good and position >= reading.latest_seq:
            lag = clock.now() - good[0].event.occurred_at
            telemetry.emit("stream.lag", max(0.0, lag.total_seconds()))
        yield from pieces(good, reading.stream_format)
        position += len(good)
        if good and good[-1].event.type == TERMINAL:
            return "done"
        if len(good) < len(chunks):
            if behind_floor(chunks[len(good)].event):
                yield floor_passed(reading.stream_format) + sse.comment(f"stale-cursor {position}")
                return "stale"
            beyond = chunks[len(good)].event.seq
            if beyond != hole_before:
                hole_before = beyond
                tell(reading.run_id, Hole(position + 1, beyond - 1))
            bell.wait(_RETRY_READ_S)
        if not told and position >= reading.latest_seq:
            told = True
            yield sse.comment(f"caught-up {position}")
        may_wait = good[-1].event.type in MAY_WAIT if good else may_wait
        if reading.until_client and told and may_wait:
            waits = tail.waits_for_client(position)
            if waits:
                yield sse.comment(f"waits-for-client {position}")
                return "client"
            may_wait = waits is None
        left_s = deadline_s - clock.monotonic()
        if left_s <= 0:
            return "tail"
        if unasked:
            continue
        # Its first event and its catching up are the reader's own to tell.
        sleeps_on = told and position > reading.cursor and not reading.until_client
        standing = Standing(position, reading.stream_format if sleeps_on else None)
        rung = tail.wait(bell, standing, min(PING_S, left_s))
        position = standing.position
        if bell.unsent:
            yield b""
        if rung:
            continue
        if left_s > PING_S:
            yield sse.comment("ping")
    return "drain" if tail.closing else "gone"


def _next(tail: Tail, position: int, bell: Bell, *, unasked: bool) -> Sequence[Chunk] | None:
    """The next chunks; None while there is nothing to read, or nobody to read it from.

    Args:
        unasked: read even without a hint that there is something.
    """
    try:
        chunks = tail.after(position)
        if chunks is None and unasked:
            return tail.page(position)
    except Unavailable as error:
        _log.warning("stream of run %s waits for the database: %s", tail.run_id, error)
        bell.wait(_RETRY_READ_S)
        return None
    if chunks == []:
        bell.wait(_RETRY_READ_S)
    return chunks
