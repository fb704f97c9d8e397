"""A run's stream, and the short way: start, append and stream in one request."""

from contextlib import ExitStack
from typing import Any

from flask import Response

from runtime_app.errors import Conflict, StaleCursor, Unprocessable
from runtime_app.frames import inbox
from runtime_app.runs.ownership import owned
from web.api import Routes, refuses
from web.blueprints.frames import frame_of
from web.blueprints.runs import run_request
from web.context import caller, origin, runtime
from web.event_stream import Extent, extent_of, respond
from web.policy import PREFIX, Names, policy
from web.schemas.frames import StartAndStream
from web.schemas.stream import Beginning, StreamQuery

routes = Routes("stream", __name__, url_prefix=f"{PREFIX}/runs")


@routes.get("/<run_id>/stream")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(StreamQuery, location="query")
@refuses(StaleCursor)
@routes.response(200, content_type="text/event-stream", description="The stream.")
def follow_run(query: dict[str, Any], run_id: str) -> Response:
    """Stream a run.

    Its events from a cursor on, as they come, until its end or `tail_ms`. Without `cursor`, `tail`,
    `from` and `Last-Event-ID` the stream begins at the head; two of the first three are refused. A
    client that goes away cancels nothing.
    """
    who = caller()
    run = owned(runtime().db, run_id, who.thread_id, who.principal)
    return respond(extent_of(run), query)


@routes.post("/stream")
@policy(Names.BODY_RUN)
@routes.arguments(Beginning, location="query")
@routes.arguments(StartAndStream)
@refuses(Conflict, StaleCursor, Unprocessable)
@routes.response(200, content_type="text/event-stream", description="The stream.")
def start_and_follow(query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Start a run with its first frame and stream it.

    From the beginning, unless the query or `Last-Event-ID` says otherwise. Sent again with the same
    ids it attaches to the same run; nothing is executed twice. Without a `run_id` every request
    starts a run, whose id is in `X-OA-RUN-ID`.
    """
    service, who = runtime(), caller()
    with ExitStack() as undo, service.db.transaction() as tx:
        run_id, accepted = inbox.start_with(
            tx,
            run_request(body["run"]),
            frame_of(body["frame"]),
            who.principal,
            service.config.defaults,
            service.clock.now(),
            origin(),
            service.config.admission,
        )
        extent = Extent(run_id, 0, accepted.seq, ended=False)
        if accepted.replayed:
            extent = extent_of(owned(tx, run_id, who.thread_id, who.principal))
        # Inside the transaction: a beginning that is refused has started nothing, and what does
        # not commit leaves no reader.
        response = respond(extent, query, default_cursor="0")
        undo.push(lambda failed, *_: response.close() if failed else None)
    return response
