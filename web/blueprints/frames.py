"""Append one input to a run."""

from collections.abc import Mapping
from typing import Any

from runtime_app.clock import rfc3339
from runtime_app.errors import Conflict, Unprocessable
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from web.api import Routes, refuses
from web.context import caller, origin, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import frames as shapes

routes = Routes("frames", __name__, url_prefix=f"{PREFIX}/runs")


def frame_of(body: Mapping[str, Any]) -> Frame:
    """The core's frame for a loaded `FrameBody`."""
    at = body.get("occurred_at")
    occurred_at = None if at is None else rfc3339(at)
    return Frame(body["frame_id"], body["type"], body["payload"], occurred_at)


@routes.post("/<run_id>/frames")
@policy(Names.PATH_AND_BODY)
@routes.arguments(shapes.AppendFrame)
@refuses(Conflict, Unprocessable)
@routes.response(202, shapes.FrameReceipt, description="Stored; it will be taken.")
@routes.alt_response(200, schema=shapes.FrameReceipt, description="It was there before.")
def append(body: dict[str, Any], run_id: str) -> Any:
    """Append one input to a run.

    It is stored and the run's executor is woken. The same `frame_id` with the same `type` and
    `payload` again changes nothing; `occurred_at` is not compared.
    """
    frame = frame_of(body)
    service = runtime()
    with service.db.transaction() as tx:
        accepted = inbox.accept(
            tx,
            run_id,
            body["thread_id"],
            caller().principal,
            frame,
            origin(),
            service.config.admission,
        )
    receipt = {
        "runId": run_id,
        "frameId": frame.frame_id,
        "status": "accepted",
        "seq": accepted.at,
        "idempotentReplay": accepted.replayed,
    }
    return receipt, 200 if accepted.replayed else 202
