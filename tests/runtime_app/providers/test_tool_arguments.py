import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.providers.tool_arguments import parse_arguments, tool_call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON))
def test_an_object_is_read_as_it_was_written(value):
    assert parse_arguments(json.dumps(value)) == value


@settings(deadline=None)
@given(st.text())
def test_any_text_gives_an_object_or_none(raw):
    found = parse_arguments(raw)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize("raw", ["", " \n"])
def test_blank_text_is_a_call_without_arguments(raw):
    assert parse_arguments(raw) == {}


@pytest.mark.parametrize(
    "raw",
    [
        "[1]",
        '"text"',
        "null",
        '{"a": 1',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": %s}' % ("9" * 5000),
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_is_none(raw):
    assert parse_arguments(raw) is None


def test_a_call_keeps_what_the_model_wrote():
    call = tool_call("call_1", "calc", "{oops")
    assert (call.raw, call.arguments) == ("{oops", None)
