"""A stream as an HTTP response."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request

from runtime_app.runs.run import Run
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.cursor import Wanted, resolve
from runtime_app.streaming.tailer import Reading, follow
from web.context import caller, runtime
from web.far_end import FarEnd

#: On every stream, beside `X-OA-RUN-ID`.
STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "x-vercel-ai-ui-message-stream": "v1",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a run's log reaches, as far as the request knows."""

    run_id: str
    floor_seq: int
    latest_seq: int
    ended: bool


def extent_of(run: Run) -> Extent:
    """The extent of a run that has just been read."""
    return Extent(run.run_id, run.floor_seq, run.latest_seq, run.closed)


def respond(
    extent: Extent, query: Mapping[str, Any], *, default_cursor: str | None = None
) -> Response:
    """The run's stream from where the request asks for it to begin.

    Args:
        query: the loaded `Beginning` schema; `Last-Event-ID` is read from the request.
        default_cursor: where to begin when the request does not say.

    Raises:
        InvalidRequest, StaleCursor: as `cursor.resolve`; before the response has begun.
        Throttled: as `Readers.enter`; likewise.
    """
    wanted = Wanted(
        cursor=query.get("cursor"),
        last_event_id=request.headers.get("Last-Event-ID"),
        tail=query.get("tail"),
        from_=query.get("from_"),
    )
    if wanted == Wanted():
        wanted = Wanted(cursor=default_cursor)
    reading = Reading(
        extent.run_id,
        resolve(wanted, floor_seq=extent.floor_seq, latest_seq=extent.latest_seq),
        extent.latest_seq,
        extent.ended,
        query["format"],
        query["tail_ms"] / 1000,
        g.trace,
        query["until"] == "client",
    )
    service = runtime()
    headers = {**STREAM_HEADERS, "X-OA-RUN-ID": extent.run_id}
    bell = Bell()
    with ExitStack() as undo:
        place = service.readers.enter(extent.run_id, str(caller().principal))
        undo.callback(place.leave)
        far_end = FarEnd(
            follow(service.hub, reading, service.clock, bell),
            request.environ["gunicorn.socket"],
            bell,
            service.config.streams.stall_s,
            chunked=request.environ["SERVER_PROTOCOL"] == "HTTP/1.1",
        )
        response = Response(far_end, headers=headers)
        response.call_on_close(place.leave)
        undo.pop_all()
    return response
