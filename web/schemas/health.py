"""Shapes of the health routes."""

from marshmallow import Schema, fields

from web.schemas.meaning import flag, means, text


class Alive(Schema):
    """The process lives."""

    status = text("Always `ok`.", enum=["ok"])


class Readiness(Schema):
    """Whether the process can serve, check by check."""

    status = text("`ok` when every check holds.", enum=["ok", "unavailable"])
    postgres = flag("Whether Postgres answers.")
    schema = flag("Whether the schema is this release's, or a later one's.")
    listener = flag("Whether the process hears of new events.")
    keys = fields.List(
        fields.String(),
        required=True,
        metadata=means("Ids of its signing keys, current one first."),
    )
