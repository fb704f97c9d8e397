"""What outsiders take with them stands alone: a language, its standard library, no other file."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, nodes, text

VERIFY = PROJECT / "docs" / "verify"
#: The continuity kit: these files may know each other.
KIT = sorted((PROJECT / "tests" / "conformance").glob("stream*.py"))
KIT.append(PROJECT / "tests" / "conformance" / "run_stream.py")


def imported(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in nodes(path.relative_to(PROJECT)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            beside = module == "tests.conformance"
            found |= {f"{module}.{alias.name}" for alias in node.names} if beside else {module}
    return found


def foreign(path: Path, own: frozenset[str] = frozenset()) -> set[str]:
    """Those that are neither of the standard library nor its own."""
    return {
        name
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and name not in own
    }


def test_a_verifier_is_one_file_in_each_language() -> None:
    assert sorted(path.name for path in VERIFY.iterdir()) == ["verify.php", "verify.py"]


def test_the_verifier_in_python_needs_the_standard_library_alone() -> None:
    assert foreign(VERIFY / "verify.py") == set()
    calls = {
        node.func.id
        for node in nodes(Path("docs/verify/verify.py"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls.isdisjoint({"__import__", "exec", "eval", "compile"})


def test_the_verifier_in_php_loads_nothing() -> None:
    code = text(Path("docs/verify/verify.php"))
    assert re.findall(r"\b(?:require|include)(?:_once)?\b|^\s*use\s|\bautoload\b", code, re.M) == []


@pytest.mark.parametrize("path", KIT, ids=lambda path: path.name)
def test_the_continuity_kit_needs_the_standard_library_alone(path: Path) -> None:
    own = frozenset(f"tests.conformance.{each.stem}" for each in KIT)
    assert foreign(path, own) == set()
