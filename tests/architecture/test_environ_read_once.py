"""The environment is read where a process begins, and passed on from there."""

import ast
from pathlib import Path

from tests.architecture.sources import PRODUCT, files, nodes

READERS = {
    Path("runtime_app/__main__.py"),
    Path("tasks/app.py"),
    Path("web/wsgi.py"),
}
NAMES = frozenset(("environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"))


def reads_environment(path: Path) -> bool:
    return any(
        (
            isinstance(node, ast.Attribute)
            and node.attr in NAMES
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
        )
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(alias.name in NAMES for alias in node.names)
        )
        for node in nodes(path)
    )


def test_only_three_files_read_the_environment():
    assert {path for path in files(*PRODUCT) if reads_environment(path)} == READERS
