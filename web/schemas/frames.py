"""Shapes of the frame route."""

from datetime import UTC, datetime

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from web.schemas.runs import StartRun, identifier


def _writable(at: datetime) -> None:
    """Whether RFC 3339 can write it in UTC: an offset may carry it over either end of time."""
    try:
        year = at.astimezone(UTC).year
    except OverflowError:
        year = 0
    if year < 1000:
        raise ValidationError("must lie within the years 1000 to 9999, in UTC")


class FrameBody(Schema):
    """One input."""

    frame_id = identifier(required=True)
    type = fields.String(required=True)
    payload = fields.Dict(keys=fields.String(), required=True)
    occurred_at = fields.AwareDateTime(format="iso", validate=_writable)


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
