"""Shapes of the stream routes."""

from marshmallow import Schema, fields, validate

from web.schemas.meaning import DIGITS_PATTERN, means
from web.schemas.runs import ThreadQuery

MAX_TAIL_MS = 900_000


class Beginning(Schema):
    """Where a stream begins, how long it lasts and what it speaks."""

    cursor = fields.String(
        metadata=means(
            "Begin after this seq; 0 is the beginning. Not together with `tail` or `from`.",
            pattern=DIGITS_PATTERN,
        )
    )
    tail = fields.String(metadata=means("Begin with the last N events.", pattern=DIGITS_PATTERN))
    from_ = fields.String(
        data_key="from", metadata=means("`now`: begin at the head.", enum=["now"])
    )
    tail_ms = fields.Integer(
        load_default=MAX_TAIL_MS,
        validate=validate.Range(1, MAX_TAIL_MS),
        metadata=means("Milliseconds after which the stream ends, whether or not the run has."),
    )
    until = fields.String(
        load_default="end",
        validate=validate.OneOf(["end", "client"]),
        metadata=means(
            "`client`: the stream also ends once the run waits for nothing but its client."
        ),
    )
    format = fields.String(
        load_default="ai-sdk",
        validate=validate.OneOf(["ai-sdk", "native"]),
        metadata=means("AI SDK UI message stream parts, or the native events."),
    )


class StreamQuery(Beginning, ThreadQuery):
    """The same, for a run that the path names."""
