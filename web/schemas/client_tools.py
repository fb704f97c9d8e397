"""The shape of a client-side tool's declaration."""

from typing import Any

from marshmallow import Schema, fields, validate

from runtime_app.runs.client_tools import LONGEST_S, MOST_DESCRIPTION_CHARS, NAME_PATTERN
from web.schemas.meaning import means


class Whole(fields.Integer):
    """A whole number however JSON spells it: 8.0 is 8; true is none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._validated(value)


class ClientTool(Schema):
    """A tool that the run's client answers."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(NAME_PATTERN),
        metadata=means(
            "None that a tool of the server has; also not as model APIs spell that.",
            pattern=NAME_PATTERN,
        ),
    )
    description = fields.String(
        required=True,
        validate=validate.Length(1, MOST_DESCRIPTION_CHARS),
        metadata=means("What it does, for the model."),
    )
    parameters = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata=means(
            "JSON Schema (2020-12) of its arguments: of an object, without references, and with "
            "patterns that RE2 reads.",
            properties={"type": {"const": "object"}},
            required=["type"],
        ),
    )
    timeout_s = Whole(
        strict=True,
        validate=validate.Range(1, LONGEST_S),
        metadata=means("How long a call waits for its answer. Left out, as set on the server."),
    )
