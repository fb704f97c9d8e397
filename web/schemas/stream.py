"""Shapes of the stream routes."""

from marshmallow import Schema, fields, validate

from web.schemas.runs import ThreadQuery

MAX_TAIL_MS = 900_000


class Beginning(Schema):
    """Where a stream begins, how long it lasts and what it speaks."""

    cursor = fields.String()
    tail = fields.String()
    from_ = fields.String(data_key="from")
    tail_ms = fields.Integer(load_default=MAX_TAIL_MS, validate=validate.Range(1, MAX_TAIL_MS))
    format = fields.String(load_default="ai-sdk", validate=validate.OneOf(["ai-sdk", "native"]))


class StreamQuery(Beginning, ThreadQuery):
    """The same, for a run that the path names."""
