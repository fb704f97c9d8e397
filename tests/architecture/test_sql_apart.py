"""SQL lives in .sql files, each statement named; Python holds none."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import PRODUCT, files, nodes, place

STATEMENT = re.compile(
    r"""\s*(
        select\s | insert\s+into\s | update\s+[\w.]+\s+set\s | delete\s+from\s
      | with\s+\w+\s+as\s*\( | (create|alter|drop)\s+(table|index|unique|schema|role|user|database
      | function|view|type|extension|or\s+replace)\b | grant\s | revoke\s | truncate\s | copy\s
      | listen\s | notify\s | explain\s
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: A channel's name cannot be a parameter.
ALLOWED = {
    (Path("runtime_app/db/listen.py"), 'LISTEN "'),
    (Path("runtime_app/db/listen.py"), 'NOTIFY "'),
}


def statements(path: Path) -> list[ast.Constant]:
    """The strings of a file that read like SQL, docstrings aside."""
    tree = list(nodes(path))
    docs = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
    return [
        node
        for node in tree
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docs
        and STATEMENT.match(node.value)
        and (path, node.value) not in ALLOWED
    ]


def test_there_is_no_sql_in_python():
    found = [
        f"{place(path, node)} {node.value[:40]!r}"
        for path in files(*PRODUCT)
        for node in statements(path)
    ]
    assert found == []


def test_sql_would_be_noticed():
    for text in ("select 1", "\n  INSERT INTO a values (1)", "update runtime.runs set a = 1"):
        assert STATEMENT.match(text)
    for text in ("selected", "update the row", "Set both, or neither.", "with care"):
        assert not STATEMENT.match(text)
