"""Shapes of the operators' routes."""

from marshmallow import Schema, fields


class RingKey(Schema):
    """A signing key of the process that answers; never its secret."""

    keyId = fields.String(required=True)
    slot = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)


class Keys(Schema):
    """The key ring, the current key first."""

    keys = fields.List(fields.Nested(RingKey), required=True)
