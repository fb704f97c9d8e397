"""`calc`: arithmetic, exactly as written, with bounds on what it may cost."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from runtime_app.canonical import MAX_SAFE_INTEGER
from runtime_app.tools.context import ToolContext
from runtime_app.tools.spec import Tool, ToolError, ToolSpec

MAX_LENGTH = 500
_MAX_EXPONENT = 10_000
_MAX_BITS = 4_096

SPEC = ToolSpec(
    name="calc",
    description="Evaluate an arithmetic expression: + - * / // % ** and parentheses.",
    parameters={
        "type": "object",
        "properties": {"expression": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    timeout_s=5,
    idempotent=True,
)

Number = int | float

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def calculate(arguments: Mapping[str, Any], _context: ToolContext) -> dict[str, Any]:
    """The value. A whole number that JSON cannot carry comes as decimal text.

    Raises:
        ToolError: not arithmetic, division by zero, or a result that is too large.
    """
    expression = arguments["expression"]
    try:
        tree = ast.parse(expression, mode="eval")
        value = _value(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ToolError(f"{expression!r} is not arithmetic: {error}") from error
    except ZeroDivisionError as error:
        raise ToolError("division by zero") from error
    except OverflowError as error:
        raise ToolError("the result is too large") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolError("the result is not a finite number")
    if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        return {"value": str(value)}
    return {"value": value}


def _value(node: ast.expr) -> Number:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if isinstance(node.value, bool):
            raise ValueError("True and False are not numbers")
        return node.value
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
        if type(node.op) in _BINARY:
            return _bounded(_BINARY[type(node.op)](left, right))
    raise ValueError("only numbers and + - * / // % ** are understood")


def _power(base: Number, exponent: Number) -> Number:
    if abs(exponent) > _MAX_EXPONENT:
        raise OverflowError
    if isinstance(base, int) and base.bit_length() * abs(exponent) > _MAX_BITS:
        raise OverflowError
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("the result is not a real number")
    return _bounded(value)


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise OverflowError
    return value


TOOL = Tool(SPEC, calculate)
