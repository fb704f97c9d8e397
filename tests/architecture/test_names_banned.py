"""No junk rooms: a name says what is in it."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import PRODUCT, REST, files, nodes, place

BANNED = frozenset(
    "util utils helper helpers common base manager managers service services handler handlers "
    "misc core".split()
)
CLASS_SUFFIX = re.compile(r"(Manager|Helpers?|Utils?|Base|Handler|Service|Misc)$")


@pytest.mark.parametrize("path", files(*PRODUCT, *REST), ids=str)
def test_a_module_says_what_is_in_it(path: Path):
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    assert not words & BANNED


def test_a_class_says_what_it_is():
    found = [
        f"{place(path, node)} {node.name}"
        for path in files(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and CLASS_SUFFIX.search(node.name)
    ]
    assert found == []
