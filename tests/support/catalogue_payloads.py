"""Hypothesis strategies for what the event catalogue allows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from runtime_app.clock import rfc3339
from runtime_app.events.catalog import CATALOG

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_EARLIEST = datetime(1000, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
whole_numbers = st.integers(-(2**53 - 1), 2**53 - 1)
scalars = (
    st.none()
    | st.booleans()
    | whole_numbers
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)


def json_values(keys: st.SearchStrategy[str] = text) -> st.SearchStrategy[Any]:
    """Any JSON value, with such keys in its objects."""
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    )


def payloads(
    event_type: str, values: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Payloads of a type: required fields always, optional ones at times."""
    anything = json_values() if values is None else values
    kinds: Mapping[str, st.SearchStrategy[Any]] = {
        "id": st.from_regex(r"[A-Za-z0-9._:-]{1,40}", fullmatch=True),
        "enum": st.from_regex(r"[a-z][a-z_-]{0,20}", fullmatch=True),
        "time": st.datetimes(timezones=st.just(UTC), min_value=_EARLIEST).map(rfc3339),
        "text": text,
        "int": whole_numbers,
        "bool": st.booleans(),
        "object": st.dictionaries(text, anything, max_size=3),
        "list": st.lists(anything, max_size=3),
        "any": anything,
    }
    fields = CATALOG[event_type].fields
    required = {name: kinds[kind] for name, kind in fields.items() if not kind.endswith("?")}
    optional = {
        name: kinds[kind.removesuffix("?")] for name, kind in fields.items() if kind.endswith("?")
    }
    return st.fixed_dictionaries(required, optional=optional)


#: A type of the catalogue and a payload of it.
events = st.sampled_from(sorted(CATALOG)).flatmap(
    lambda name: st.tuples(st.just(name), payloads(name))
)
