"""Shapes of the frame route."""

from datetime import UTC, datetime

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from runtime_app.frames.frame import FRAME_TYPES
from web.schemas.meaning import flag, identifier, means, text
from web.schemas.runs import StartRun


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

    frame_id = identifier("The input's id within its run; what idempotency goes by.", required=True)
    type = fields.String(
        required=True,
        metadata=means("What the input is; says what `payload` holds.", enum=list(FRAME_TYPES)),
    )
    payload = fields.Dict(
        keys=fields.String(), required=True, metadata=means("The input, as its type says.")
    )
    occurred_at = fields.AwareDateTime(
        format="iso",
        validate=_writable,
        metadata=means(
            "RFC 3339 with an offset, years 1000 to 9999: the client's word, kept with the event.",
            pattern="^[1-9][0-9]{3}-",
        ),
    )


class AppendFrame(FrameBody):
    """One input, with the thread that the request names."""

    thread_id = identifier("The run's thread.", required=True)


class FrameReceipt(Schema):
    """The answer to a frame."""

    runId = identifier("The run.", required=True)
    frameId = identifier("The frame.", required=True)
    status = text("Always `accepted`.", enum=["accepted"])
    seq = fields.Integer(
        required=True,
        allow_none=True,
        metadata=means(
            "Its event; null where the same answer to a tool call stands there under another id."
        ),
    )
    idempotentReplay = flag("Whether the frame was there before.")


class StartAndStream(Schema):
    """A run and its first frame; unknown fields are ignored inside them as they are outside."""

    run = fields.Nested(
        StartRun, required=True, unknown=EXCLUDE, metadata=means("The run, as `POST /runs`.")
    )
    frame = fields.Nested(
        FrameBody, required=True, unknown=EXCLUDE, metadata=means("Its first input.")
    )
