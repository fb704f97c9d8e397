"""Shapes of the operators' routes."""

from marshmallow import Schema, fields

from runtime_app.security.key_ring import SCOPES
from web.schemas.meaning import means, text


class RingKey(Schema):
    """A signing key of the process that answers; never its secret."""

    keyId = text("The key's name.")
    slot = text("Whether it signs now, or is on its way out.", enum=["current", "previous"])
    scopes = fields.List(
        fields.String(metadata={"enum": sorted(SCOPES)}),
        required=True,
        metadata=means("What operators may do whose tokens it signs."),
    )


class Keys(Schema):
    """The key ring, the current key first."""

    keys = fields.List(fields.Nested(RingKey), required=True, metadata=means("All of them."))
