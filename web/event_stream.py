"""A stream as an HTTP response."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from runtime_app.runs.run import Run
from runtime_app.streaming.cursor import Wanted, resolve
from runtime_app.streaming.tailer import Reading, follow
from web.context import runtime

_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "x-vercel-ai-ui-message-stream": "v1",
}


def respond(run: Run, query: Mapping[str, Any], *, default_cursor: str | None = None) -> Response:
    """The run's stream from where the request asks for it to begin.

    Args:
        query: the loaded `Beginning` schema; `Last-Event-ID` is read from the request.
        default_cursor: where to begin when the request does not say.

    Raises:
        InvalidRequest, StaleCursor: as `cursor.resolve`; before the response has begun.
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
        run.run_id,
        resolve(wanted, floor_seq=run.floor_seq, latest_seq=run.latest_seq),
        run.latest_seq,
        run.closed,
        query["format"],
        query["tail_ms"] / 1000,
    )
    service = runtime()
    headers = {**_HEADERS, "X-OA-RUN-ID": run.run_id}
    return Response(follow(service.hub, reading, service.clock), headers=headers)
