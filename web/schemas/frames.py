"""Shapes of the frame route."""

from marshmallow import EXCLUDE, Schema, fields

from web.schemas.runs import StartRun, identifier


class FrameBody(Schema):
    """One input."""

    frame_id = identifier(required=True)
    type = fields.String(required=True)
    payload = fields.Dict(keys=fields.String(), required=True)
    occurred_at = fields.AwareDateTime(format="iso")


class AppendFrame(FrameBody):
    """One input, with the thread that the request names."""

    thread_id = identifier(required=True)


class FrameReceipt(Schema):
    """The answer to a frame."""

    runId = fields.String(required=True)
    frameId = fields.String(required=True)
    status = fields.String(required=True)
    idempotentReplay = fields.Boolean(required=True)


class StartAndStream(Schema):
    """A run and its first frame; unknown fields are ignored inside them as they are outside."""

    run = fields.Nested(StartRun, required=True, unknown=EXCLUDE)
    frame = fields.Nested(FrameBody, required=True, unknown=EXCLUDE)
