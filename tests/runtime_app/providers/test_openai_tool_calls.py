import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_tool_calls import ToolCallFragments


def fragment(index=None, call_id=None, name=None, arguments=None):
    found = {"function": {"name": name, "arguments": arguments}}
    if index is not None:
        found["index"] = index
    if call_id is not None:
        found["id"] = call_id
    return found


def whole(*fragments):
    calls = ToolCallFragments()
    for part in fragments:
        calls.feed(part)
    return [(call.id, call.name, call.raw) for call in calls.whole()]


def test_fragments_with_one_index_are_one_call():
    assert whole(
        fragment(0, "a", "calc", ""),
        fragment(0, None, None, '{"x"'),
        fragment(0, None, None, ":1}"),
    ) == [("a", "calc", '{"x":1}')]


def test_interleaved_fragments_find_their_calls():
    assert whole(
        fragment(0, "a", "calc"),
        fragment(1, "b", "clock"),
        fragment(1, None, None, "{}"),
        fragment(0, None, None, '{"x":1}'),
    ) == [("a", "calc", '{"x":1}'), ("b", "clock", "{}")]


def test_calls_that_all_have_index_0_are_told_apart_by_id():
    assert whole(
        fragment(0, "a", "calc", "{"),
        fragment(0, None, None, "}"),
        fragment(0, "b", "clock", "{"),
        fragment(0, None, None, "}"),
    ) == [("a", "calc", "{}"), ("b", "clock", "{}")]


def test_calls_without_an_index_are_told_apart_by_id():
    assert whole(
        fragment(None, "a", "calc", "{"),
        fragment(None, None, None, "}"),
        fragment(None, "b", "clock", "{}"),
    ) == [("a", "calc", "{}"), ("b", "clock", "{}")]


def test_an_id_repeated_in_every_fragment_is_still_one_call():
    assert whole(fragment(0, "a", "calc", "{"), fragment(0, "a", "calc", "}")) == [
        ("a", "calc", "{}")
    ]


def test_a_call_without_an_id_gets_one():
    assert whole(fragment(0, None, "calc", "{}"), fragment(1, None, "clock", "{}")) == [
        ("call_1", "calc", "{}"),
        ("call_2", "clock", "{}"),
    ]


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"index": "0"}, "index"),
        ({"index": 0, "function": "calc"}, "function"),
        ({"index": 0, "function": {"name": 4}}, "name"),
        ({"index": 0, "function": {"name": "calc", "arguments": {"x": 1}}}, "arguments"),
        ({"index": 0, "function": {"arguments": "{}"}}, "a name"),
    ],
)
def test_a_wrong_shape_is_a_protocol_failure_that_says_where(part, where):
    with pytest.raises(ProviderError, match=where) as caught:
        whole(part)
    assert caught.value.outcome == "provider_fault"
