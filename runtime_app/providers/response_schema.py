"""The shape that a whole answer shall have, as JSON Schema, and the reading of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import NotCanonical, strict_loads


class Unfit(ValueError):
    """An answer that is not what its schema asks for; says where, and what was found."""


@dataclass(frozen=True, slots=True)
class ResponseSchema:
    """What an answer shall be.

    Args:
        name: 1 to 64 letters, digits, `_` or `-`; some providers want one.
        schema: JSON Schema, draft 2020-12, of an object.
    """

    name: str
    schema: Mapping[str, Any]

    @property
    def strict(self) -> bool:
        """Whether every object in it lists and requires all that it may have, and nothing else.

        Providers that can force an answer into a schema do so for such ones only.
        """
        return _strict(self.schema)

    def read(self, text: str) -> Any:
        """The value in `text`.

        Raises:
            Unfit: it is no JSON, holds what canonical JSON cannot carry, or does not fit; a caller
                may show the message to the model.
        """
        from jsonschema import Draft202012Validator

        try:
            value = strict_loads(text.encode("utf-8", "surrogatepass"))
        except NotCanonical as error:
            raise Unfit(f"expected JSON, found {text[:80]!r}") from error
        fault = next(iter(Draft202012Validator(dict(self.schema)).iter_errors(value)), None)
        if fault is not None:
            raise Unfit(f"{fault.json_path}: {fault.message[:300]}")
        return value


def _strict(schema: object) -> bool:
    if isinstance(schema, Mapping):
        if schema.get("type") == "object" or "properties" in schema:
            closed = schema.get("additionalProperties") is False
            every = set(schema.get("required", ())) == set(schema.get("properties", {}))
            if not (closed and every):
                return False
        return all(_strict(inner) for inner in schema.values())
    if isinstance(schema, list):
        return all(_strict(inner) for inner in schema)
    return True
