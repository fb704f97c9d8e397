"""What the OpenAPI document says of a field."""

from typing import Any

from marshmallow import ValidationError, fields

from runtime_app.ids import IDENTIFIER
from web.identifiers import problem

#: How JSON Schema writes the rule of `runtime_app.ids`.
IDENTIFIER_PATTERN = f"^{IDENTIFIER.pattern}$"
#: Whole numbers as text, in queries and headers.
DIGITS_PATTERN = "^[0-9]{1,18}$"
#: Lower-case hex of a SHA-256.
HASH_PATTERN = "^[0-9a-f]{64}$"


def means(description: str, **keywords: Any) -> dict[str, Any]:
    """Field metadata: a sentence, and JSON Schema keywords that marshmallow cannot derive."""
    return {"description": description, **keywords}


def identifier(description: str, **options: Any) -> fields.String:
    """A field for an id of ours or of the client's."""
    told = means(description, pattern=IDENTIFIER_PATTERN)
    return fields.String(validate=_identifier, metadata=told, **options)


def text(description: str, *, optional: bool = False, **keywords: Any) -> fields.String:
    """A field of an answer, there unless it is optional."""
    return fields.String(required=not optional, metadata=means(description, **keywords))


def moment(description: str) -> fields.String:
    """A time of an answer: RFC 3339 in UTC, microseconds, `Z`."""
    pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
    return text(description, format="date-time", pattern=pattern)


def count(description: str, *, optional: bool = False, minimum: int = 0) -> fields.Integer:
    """A whole number of an answer."""
    return fields.Integer(required=not optional, metadata=means(description, minimum=minimum))


def flag(description: str) -> fields.Boolean:
    """A yes or no of an answer."""
    return fields.Boolean(required=True, metadata=means(description))


def _identifier(value: str) -> None:
    wrong = problem(value)
    if wrong is not None:
        raise ValidationError(wrong)
