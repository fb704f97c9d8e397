"""One reader's stream: from its cursor to the end, in order, without a gap."""

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from runtime_app import sse
from runtime_app.clock import Clock
from runtime_app.errors import Unavailable
from runtime_app.events.pruning import behind_floor
from runtime_app.observability import spans, telemetry
from runtime_app.observability.trace_context import TraceContext
from runtime_app.streaming.encoding import TERMINAL, done_at_head
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tail import Chunk, Tail

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
    """

    run_id: str
    cursor: int
    latest_seq: int
    ended: bool
    stream_format: str
    tail_s: float
    trace: TraceContext | None = None


def follow(hub: Hub, reading: Reading, clock: Clock) -> Iterator[bytes]:
    """Yield the bytes of a stream until the run's end, the reader's deadline or our own.

    No database connection, thread or query is held while there is nothing to send. Closing the
    generator detaches the reader and cancels nothing.
    """
    about: dict[str, spans.Value] = {
        "oa.run_id": reading.run_id,
        "oa.format": reading.stream_format,
        "oa.cursor": reading.cursor,
    }
    span = spans.begin("runtime.stream", reading.trace, about)
    end = "error"
    telemetry.emit("stream.opened")
    try:
        end = yield from _stream(hub, reading, clock)
    except GeneratorExit:
        end = "gone"
        raise
    finally:
        telemetry.emit("stream.ended", end=end)
        span.put("oa.end", end)
        span.end()


def _stream(hub: Hub, reading: Reading, clock: Clock) -> Generator[bytes, None, str]:
    """The bytes; how it ended: done, tail (its deadline), drain (ours) or stale.

    Stale is a reader that the floor has passed: what it would get next is no longer kept. When it
    comes again with the last id it has seen, it is told where reading starts.
    """
    yield sse.retry(RETRY_MS) + sse.comment(f"cursor {reading.cursor}")
    if reading.ended and reading.cursor >= reading.latest_seq:
        yield sse.comment(f"caught-up {reading.latest_seq}")
        yield done_at_head(reading.stream_format, reading.latest_seq)
        return "done"
    tail = hub.attach(reading.run_id)
    try:
        tail.hint(reading.latest_seq)
        return (yield from _events(tail, reading, clock))
    finally:
        hub.detach(tail)


def _events(tail: Tail, reading: Reading, clock: Clock) -> Generator[bytes, None, str]:
    came_s = clock.monotonic()
    deadline_s = came_s + reading.tail_s
    position = reading.cursor
    told = False
    arrived = True  # what was committed before we attached has left no hint
    while not tail.closing:
        for chunk in _next(tail, position, unasked=arrived):
            if chunk.event.seq != position + 1:
                telemetry.emit("stream.hole")
                _log.error("hole: run %s has no seq %s", reading.run_id, position + 1)
                tail.pause(_RETRY_READ_S)
                break
            if behind_floor(chunk.event):
                yield sse.comment(f"stale-cursor {position}")
                return "stale"
            if position == reading.cursor:
                telemetry.emit("stream.first_event", clock.monotonic() - came_s)
            position = chunk.event.seq
            if position > reading.latest_seq:
                lag = clock.now() - chunk.event.occurred_at
                telemetry.emit("stream.lag", max(0.0, lag.total_seconds()))
            data = chunk.encoded(reading.stream_format)
            if data:
                yield data
            if chunk.event.type == TERMINAL:
                return "done"
        arrived = False
        if not told and position >= reading.latest_seq:
            told = True
            yield sse.comment(f"caught-up {position}")
        left_s = deadline_s - clock.monotonic()
        if left_s <= 0:
            return "tail"
        if not tail.wait(position, min(PING_S, left_s)) and left_s > PING_S:
            yield sse.comment("ping")
    return "drain"


def _next(tail: Tail, position: int, *, unasked: bool) -> list[Chunk]:
    """The next chunks; none while Postgres is away, which the stream outlives.

    Args:
        unasked: read even without a hint that there is something.
    """
    hinted = tail.wait(position, 0)
    if not hinted and not unasked:
        return []
    try:
        chunks = list(tail.after(position))
    except Unavailable as error:
        _log.warning("stream of run %s waits for the database: %s", tail.run_id, error)
        chunks = []
    if not chunks and hinted:
        tail.pause(_RETRY_READ_S)
    return chunks
