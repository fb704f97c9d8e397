"""What was stored as canonical text comes back as what it was."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from runtime_app.canonical import MAX_SAFE_INTEGER, canonical, stored_loads

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(
    -MAX_SAFE_INTEGER, MAX_SAFE_INTEGER
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", "é"]), inner),
    max_leaves=10,
)


@given(values)
@example(1e20)
@example(-1e20)
@example(2.0**53)
@example(9007199254740993.0)
@example(1e21)
@example(1.7976931348623157e308)
def test_the_same_text_comes_of_it_again(value: object) -> None:
    text = canonical(value)
    assert canonical(stored_loads(text)) == text


@given(numbers)
@example(1e20)
@example(-0.0)
def test_a_number_keeps_its_value_to_the_last_bit(number: float) -> None:
    stored = stored_loads(canonical(number))
    assert stored == number
    assert not isinstance(stored, float) or math.isfinite(stored)
