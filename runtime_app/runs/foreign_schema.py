"""JSON Schemas that a client has written: which are taken, and what arguments are held against.

Such a schema is a little program that our processes run, so it has no loops: it points nowhere, it
is of draft 2020-12, and its patterns are those of RE2, whose cost grows with the length of the text
only. `jsonschema` is loaded by who needs it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import re2

#: What would point somewhere, choose another dialect, or is matched by a backtracking engine.
REFUSED = frozenset(
    {
        *("$ref", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "$schema"),
        *("patternProperties", "unevaluatedProperties", "unevaluatedItems"),
    }
)
#: Keywords whose values are schemas by name.
_BY_NAME = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
#: Keywords whose values are data.
_DATA = frozenset({"enum", "const", "default", "examples", "required", "dependentRequired", "type"})
_MOST_CHARS = 400


def refusal(schema: Mapping[str, Any]) -> str | None:
    """Why a schema of arguments is not taken, in words; None when it is."""
    if schema.get("type") != "object":
        return 'must be the schema of an object: "type": "object"'
    for keyword, value in _keywords(schema):
        if keyword in REFUSED:
            return f"must not use {keyword}"
        if keyword == "pattern" and (problem := _unlike_re2(value)) is not None:
            return f"has a pattern that RE2 does not read: {problem}"
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        return f"is not a JSON Schema: {error.message[:_MOST_CHARS]}"
    return None


def first_problem(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with arguments, in words for the model; None when nothing is.

    Args:
        schema: one without a `refusal`.
    """
    found = sorted(
        (".".join(map(str, error.absolute_path)), error.message)
        for error in _dialect()(dict(schema)).iter_errors(dict(arguments))
    )
    if not found:
        return None
    place, message = found[0]
    return f"{place or 'arguments'}: {message[:_MOST_CHARS]}"


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every keyword of a schema and of those in it, with its value."""
    if isinstance(schema, list):
        for each in schema:
            yield from _keywords(each)
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        yield keyword, value
        if keyword in _BY_NAME and isinstance(value, Mapping):
            for each in value.values():
                yield from _keywords(each)
        elif keyword not in _DATA:
            yield from _keywords(value)


def _unlike_re2(pattern: Any) -> str | None:
    try:
        _compiled(pattern)
    except (re2.error, TypeError) as error:
        return str(error)[:_MOST_CHARS]
    return None


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


@cache
def _dialect() -> Any:
    """Draft 2020-12 with the patterns of RE2."""
    import jsonschema

    def matches(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
        if validator.is_type(instance, "string") and not _compiled(pattern).search(instance):
            yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")

    return jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": matches})
