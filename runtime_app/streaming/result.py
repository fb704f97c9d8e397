"""Wait for what comes of a run that is one tool call."""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime_app.clock import Clock
from runtime_app.events.event import Event
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.chunk import Chunk
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tail import Standing, Tail

_LOOK_S = 15.0
_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """What the log of such a run says so far.

    Args:
        seq: how far it was read.
        call, result: the events of the call; `end` that of the run.
    """

    seq: int = 0
    call: Event | None = None
    result: Event | None = None
    end: Event | None = None

    @property
    def whole(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.result is not None or self.end is not None


def result_of(hub: Hub, clock: Clock, run_id: str, latest_seq: int, within_s: float) -> Result:
    """The call's result, or what there is when the time is over or this process is about to stop.

    Args:
        latest_seq: how far the log reaches, as the caller knows.

    Raises:
        Unavailable: Postgres cannot be asked.
    """
    bell, until_s = Bell(), clock.monotonic() + within_s
    tail = hub.attach(run_id, bell, latest_seq)
    try:
        found = _more(Result(), tail.page(0))
        while not found.whole and not tail.closing:
            left_s = until_s - clock.monotonic()
            if left_s <= 0:
                break
            if tail.wait(bell, Standing(found.seq), min(_LOOK_S, left_s)):
                found = _next(found, tail, bell)
        return found
    finally:
        hub.detach(tail, bell)


def _next(found: Result, tail: Tail, bell: Bell) -> Result:
    chunks = tail.after(found.seq)
    if chunks == []:  # the hint said more than the log does
        bell.wait(_AGAIN_S)
    return _more(found, chunks or ())


def _more(found: Result, chunks: Sequence[Chunk]) -> Result:
    seen = {"tool.call": found.call, "tool.result": found.result, "run.finished": found.end}
    for chunk in chunks:
        if chunk.event.type in seen:
            seen[chunk.event.type] = chunk.event
    seq = chunks[-1].event.seq if chunks else found.seq
    return Result(seq, seen["tool.call"], seen["tool.result"], seen["run.finished"])
