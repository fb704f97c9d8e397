"""Reading a provider's JSON: what is read is checked, and a wrong shape says where it was."""

from collections.abc import Mapping
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome


def object_at(value: object, where: str) -> Mapping[str, Any]:
    """`value` as an object; raises ProviderError, provider_fault, when it is none."""
    if not isinstance(value, Mapping):
        raise malformed(where, "an object", value)
    return value


def list_at(value: object, where: str) -> list[Any]:
    """`value` as a list; raises ProviderError, provider_fault, when it is none."""
    if not isinstance(value, list):
        raise malformed(where, "a list", value)
    return value


def text_in(fields: Mapping[str, Any], key: str) -> str:
    """The text under `key`, empty when missing or null; raises ProviderError when it is no text."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise malformed(key, "text", value)
    return value


def malformed(where: str, expected: str, found: object) -> ProviderError:
    """The failure that names the place, what belongs there, and what stood there instead."""
    return ProviderError(
        Outcome.PROVIDER_FAULT,
        f"{where}: expected {expected}, found {type(found).__name__} {found!r:.80}",
    )
