"""The `calc` tool."""

import time
import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.canonical import MAX_SAFE_INTEGER, canonical
from runtime_app.tools.adapters import calc
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import ToolError

CONTEXT = ToolContext("c", datetime(2026, 1, 2, tzinfo=UTC))


def calculated(expression: str):
    assert Registry().problem("calc", {"expression": expression}, None) is None
    return calc.calculate({"expression": expression}, CONTEXT)["value"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ** 2", -4),
        ("+-+-5", 5),
        ("7 / 2", 3.5),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("2 ** 0.5", 2**0.5),
        ("2 ** -1", 0.5),
        ("0.1 + 0.2", 0.1 + 0.2),
        ("1e3", 1000.0),
        ("0x10", 16),
        ("9007199254740991", MAX_SAFE_INTEGER),
        ("9007199254740992", "9007199254740992"),
        ("-(2 ** 53)", "-9007199254740992"),
        ("2 ** 2000", str(2**2000)),
        ("2 ** 53 * 1.0", 2.0**53),
        ("-" * 499 + "1", -1),
    ],
)
def test_arithmetic_is_done_exactly_as_written(expression, value):
    result = calculated(expression)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("expression", ["1 / 0", "1 // 0", "1 % 0", "0 ** -1", "1.0 / 0"])
def test_division_by_zero_is_called_by_its_name(expression):
    with pytest.raises(ToolError, match=r"^division by zero$"):
        calculated(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "2 ** 4097",
        "10 ** 10001",
        "9 ** 9 ** 9 ** 9",
        "1.5 ** 10000",
        "(2 ** 4000) * (2 ** 4000)",
        "10 ** 400 / 3",
        "10 ** 400 * 1.5",
        "1 ** (10 ** 300)",
    ],
)
def test_what_would_take_forever_is_too_large(expression):
    with pytest.raises(ToolError, match=r"^the result is too large$"):
        calculated(expression)


def test_what_is_too_large_is_not_even_begun():
    begun_s = time.process_time()
    with pytest.raises(ToolError, match=r"^the result is too large$"):
        calculated("(10 ** 1000) ** 10000")
    assert time.process_time() - begun_s < 0.5


@pytest.mark.parametrize("expression", ["1e308 * 10", "1e999", "1e999 - 1e999", "1e999 // 1"])
def test_what_is_not_finite_is_no_result(expression):
    with pytest.raises(ToolError, match=r"^the result is not a finite number$"):
        calculated(expression)


@pytest.mark.parametrize(
    "expression",
    [
        " ",
        "1 +",
        "a",
        "True + 1",
        "1 < 2",
        "1 and 2",
        "[1][0]",
        "'a' * 9",
        "'%s' % 1",
        "1j * 1j",
        "(-8) ** 0.5",
        "__import__('os')",
        "(1).__class__",
        "abs(-1)",
        "lambda: 1",
        "1 << 4000",
        "~1",
        "1; 2",
        "x := 1",
        "1\x00",
        "(" * 240 + "1" + ")" * 240,
    ],
)
def test_what_is_not_arithmetic_is_refused_in_words(expression):
    with pytest.raises(ToolError, match="is not arithmetic"):
        calculated(expression)


@pytest.mark.parametrize("arguments", [{}, {"expression": ""}, {"expression": 1}, {"x": "1"}])
def test_arguments_of_another_shape_are_refused_before_the_tool_is_called(arguments):
    assert Registry().problem("calc", arguments, None) is not None


def test_an_expression_has_a_greatest_length():
    assert Registry().problem("calc", {"expression": "1" * calc.MAX_LENGTH}, None) is None
    assert Registry().problem("calc", {"expression": "1" * (calc.MAX_LENGTH + 1)}, None) is not None


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789.+-*/%() ejx_"), min_size=1, max_size=40))
def test_any_text_gives_a_value_that_can_be_stored_or_a_refusal(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            output = calc.calculate({"expression": expression}, CONTEXT)
        except ToolError as refusal:
            output = {"error": str(refusal)}
    assert canonical(output)
