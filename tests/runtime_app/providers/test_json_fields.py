import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.json_fields import list_at, object_at, text_in


def test_what_has_the_right_shape_is_passed_on():
    assert object_at({"a": 1}, "here") == {"a": 1}
    assert list_at([1], "here") == [1]
    assert text_in({"a": "b"}, "a") == "b"


@pytest.mark.parametrize("fields", [{}, {"a": None}])
def test_missing_text_is_empty(fields):
    assert text_in(fields, "a") == ""


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda: object_at([], "the place"), "the place: expected an object, found list"),
        (lambda: list_at("x", "the place"), "the place: expected a list, found str 'x'"),
        (lambda: text_in({"key": 4}, "key"), "key: expected text, found int 4"),
    ],
)
def test_a_wrong_shape_says_where_and_what(read, expected):
    with pytest.raises(ProviderError) as caught:
        read()
    assert caught.value.outcome == "provider_fault"
    assert caught.value.message.startswith(expected)


def test_what_was_found_is_quoted_in_short():
    with pytest.raises(ProviderError) as caught:
        text_in({"key": list(range(1000))}, "key")
    assert len(caught.value.message) < 150
