"""No junk rooms: a name says what is in it."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import PRODUCT, REST, files, nodes, place

BANNED = {
    *("util", "utils", "helper", "helpers", "common", "base", "core", "misc"),
    *("manager", "managers", "service", "services", "handler", "handlers"),
}
CLASS_SUFFIX = re.compile(r"(Manager|Helpers?|Utils?|Base|Handler|Service|Misc)$")


def words(path: Path) -> set[str]:
    """The words of a file's name and of the folders that it is in."""
    return {word for part in path.with_suffix("").parts for word in part.split("_")}


def test_a_module_says_what_is_in_it():
    assert [str(path) for path in files(*PRODUCT, *REST) if words(path) & BANNED] == []


def test_a_class_says_what_it_is():
    found = [
        f"{place(path, node)} {node.name}"
        for path in files(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and CLASS_SUFFIX.search(node.name)
    ]
    assert found == []
