"""A model's tool arguments: text that should be a JSON object, and often is."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from runtime_app.providers.provider import ToolCall


def tool_call(call_id: str, name: str, raw: str) -> ToolCall:
    """The call as the model wrote it, with its arguments parsed where they can be."""
    return ToolCall(call_id, name, parse_arguments(raw), raw)


def parse_arguments(raw: str) -> Mapping[str, Any] | None:
    """The object in `raw`; None when there is none. Blank text is a call without arguments: {}.

    NaN, infinities, repeated keys, numbers of thousands of digits and bottomless nesting are not
    JSON that anyone should act on: None.
    """
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw, parse_constant=_refuse, object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
