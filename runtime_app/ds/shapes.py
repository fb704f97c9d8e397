"""The few forms of JSON Schema 2020-12 that signatures are written in."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Marks a field that may be too long for a prompt; a strategy may show its index instead.
LONG = "x-oa-long"


def record(description: str, /, **properties: Schema) -> Schema:
    """An object that has all of these and nothing else."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def text(description: str, most: int = 20_000, *, least: int = 0) -> Schema:
    """A string of `least` to `most` characters."""
    bound = {"minLength": least} if least else {}
    return {"type": "string", "description": description, **bound, "maxLength": most}


def long_text(description: str) -> Schema:
    """A string that may be long: up to 4 Mi characters."""
    return {**text(description, 4 * 1024 * 1024), LONG: True}


def choice(description: str, *values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "description": description, "enum": list(values)}


def listing(description: str, items: Schema, most: int = 100, *, least: int = 0) -> Schema:
    """A list of `least` to `most`."""
    bound = {"minItems": least} if least else {}
    return {"type": "array", "description": description, "items": items, **bound, "maxItems": most}


def whole(description: str, most: int = 2**53 - 1) -> Schema:
    """A whole number from 0."""
    return {"type": "integer", "description": description, "minimum": 0, "maximum": most}


def yes_or_no(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def anything(description: str) -> Schema:
    """An object whose fields another schema decides."""
    return {"type": "object", "description": description, "additionalProperties": True}


def confidence() -> Schema:
    """How sure the model says it is."""
    said = "How sure the model is of its answer, as it says itself: 0 not at all, 1 fully."
    return {"type": "number", "description": said, "minimum": 0, "maximum": 1}


def or_nothing(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}
