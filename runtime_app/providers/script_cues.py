"""What a script hears in a conversation."""

import ast
import re

from runtime_app.providers.provider import Message, ModelRequest

_TIME = re.compile(r"\b(time|clock)\b", re.IGNORECASE)
_ARITHMETIC = re.compile(r"(?<![\w.])[\d(][\d\s.()+*/-]{0,200}[\d)](?![\w])")
_PIECE = re.compile(r"\s*\S+\s*")


def user_text(request: ModelRequest) -> str:
    """The last thing the user said; empty when nothing was."""
    return next((m.text for m in reversed(request.messages) if m.role == "user"), "")


def tool_answers(request: ModelRequest) -> list[str]:
    """What tools have answered since the user last spoke, oldest first."""
    since: list[Message] = []
    for message in reversed(request.messages):
        if message.role == "user":
            break
        since.append(message)
    return [message.text for message in reversed(since) if message.role == "tool"]


def asks_the_time(text: str) -> bool:
    """Whether the word time or clock stands in `text`."""
    return _TIME.search(text) is not None


def arithmetic_in(text: str) -> str | None:
    """The first expression of numbers, + - * / and brackets in `text`: `12*7`. Dates are not."""
    for match in _ARITHMETIC.finditer(text):
        candidate = match.group().strip()
        if _is_arithmetic(candidate):
            return candidate
    return None


def pieces(text: str) -> list[str]:
    """`text` word by word, with its white space; joined, it is `text` again unless blank."""
    return _PIECE.findall(text)


def words(text: str) -> list[str]:
    """`text` split at white space."""
    return text.split()


def _is_arithmetic(candidate: str) -> bool:
    try:
        tree = ast.parse(candidate, mode="eval").body
    except SyntaxError:
        return False
    operators = (ast.Add, ast.Sub, ast.Mult, ast.Div)
    return isinstance(tree, ast.BinOp) and all(
        isinstance(node.op, operators) for node in ast.walk(tree) if isinstance(node, ast.BinOp)
    )
