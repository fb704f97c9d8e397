"""The project's Python files, for tests that look at the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: What is shipped and runs.
PRODUCT = ("runtime_app", "tasks", "web", "migrations", "beat_schedule.py")
#: What is kept in order as well.
REST = ("bench", "docs", "helm", "tests")


def files(*places: str) -> list[Path]:
    """The Python files of these places, sorted, as paths from the project's root."""
    found: list[Path] = []
    for place in places:
        path = PROJECT / place
        found += [path] if path.is_file() else path.rglob("*.py")
    return sorted(path.relative_to(PROJECT) for path in found if "node_modules" not in path.parts)


def text(path: Path) -> str:
    return (PROJECT / path).read_text(encoding="utf-8")


def nodes(path: Path) -> Iterator[ast.AST]:
    """Every node of a file's syntax tree."""
    return ast.walk(ast.parse(text(path), str(path)))


def place(path: Path, node: ast.AST) -> str:
    """file:line, for messages."""
    return f"{path}:{getattr(node, 'lineno', '?')}"
