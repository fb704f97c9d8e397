"""The least value that fits a JSON Schema: what a script answers where a model would think."""

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]


def least(schema: Schema) -> Any:
    """The least value of `schema`: what must be there, numbers and texts at their floor.

    Read are `const`, `enum`, `type`, `properties`, `required`, `items`, `minItems`, `minLength`,
    `minimum` and the first of `anyOf`; a schema that asks for more may get less than it asks for.
    """
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("anyOf"):
        return least(schema["anyOf"][0])
    kind = schema.get("type", "object" if "properties" in schema else "null")
    make = _LEAST.get(kind[0] if isinstance(kind, list) else kind)
    return None if make is None else make(schema)


def _object(schema: Schema) -> dict[str, Any]:
    known = schema.get("properties", {})
    return {name: least(known.get(name, {})) for name in schema.get("required", ())}


def _array(schema: Schema) -> list[Any]:
    return [least(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]


_LEAST: Mapping[str, Callable[[Schema], Any]] = {
    "object": _object,
    "array": _array,
    "string": lambda schema: "x" * schema.get("minLength", 0),
    "integer": lambda schema: schema.get("minimum", 0),
    "number": lambda schema: schema.get("minimum", 0),
    "boolean": lambda schema: False,
}
