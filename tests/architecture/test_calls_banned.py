"""What the code does not do: coroutines, messages for later, sleeping tests."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.sources import PRODUCT, files, nodes, place, text


def found(places: tuple[str, ...], wrong: Callable[[ast.AST], bool]) -> list[str]:
    return [place(path, node) for path in files(*places) for node in nodes(path) if wrong(node)]


def test_there_is_one_kind_of_function():
    coroutines = (ast.AsyncFunctionDef, ast.Await, ast.AsyncWith, ast.AsyncFor)
    assert found(PRODUCT, lambda node: isinstance(node, coroutines)) == []


def test_no_message_is_sent_for_later():
    """A broker that forgets would forget it; what is due later is found in the rows."""

    def for_later(node: ast.AST) -> bool:
        return isinstance(node, ast.keyword) and node.arg in ("countdown", "eta")

    assert found(PRODUCT, for_later) == []


def test_nothing_is_enqueued_but_through_the_dispatcher():
    def enqueues(node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and node.attr in (
            "delay",
            "apply_async",
            "send_task",
        )

    assert {each.partition(":")[0] for each in found(PRODUCT, enqueues)} == {
        "runtime_app/dispatch/celery.py"
    }


BANNED_IN_TESTS = (r"\btime\.sleep\(", r"\bunittest\.mock\b", r"\bpytest\.(mark\.)?(skip|xfail)")


@pytest.mark.parametrize("banned", BANNED_IN_TESTS)
def test_tests_wait_on_conditions_use_real_parts_and_all_run(banned):
    wrong = re.compile(banned)
    users = [str(path) for path in files("tests") if wrong.search(text(path))]
    assert [
        path for path in users if path != str(Path("tests/architecture") / Path(__file__).name)
    ] == []
