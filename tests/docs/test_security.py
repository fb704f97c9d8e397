"""SECURITY.md names tests that exist, acts that exist, and rights that are granted."""

import ast
import re

import pytest

from runtime_app.audit.act import ACTS
from tests.docs.markdown import PROJECT, document

PAGE = document("docs/SECURITY.md")
THREATS = [row for row in PAGE.rows("who could do what") if len(row) == 3]
_TEST = re.compile(r"\[`([\w/]+\.py)::(\w+)`\]\(\.\./tests/([\w/]+\.py)\)")


def functions(path: str) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse((PROJECT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_threats():
    assert len(THREATS) >= 15


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_a_threat_names_tests_that_exist(row: list[str]):
    links = row[2].split("<br>")
    found = [_TEST.fullmatch(link) for link in links]

    assert all(found), row[2]
    for match in filter(None, found):
        path, name, target = match.groups()
        assert path == target
        assert name.startswith("test_")
        assert name in functions(path), f"{path} has no {name}"


def test_what_is_not_yet_stopped_is_said():
    assert "## Not yet" in PAGE.text
    assert len(PAGE.text.partition("## Not yet")[2].splitlines()) > 5


def test_every_act_is_described():
    assert {row[0].strip("`") for row in PAGE.rows("act")} == set(ACTS)


def test_every_role_is_one_that_the_migrations_make():
    made = (PROJECT / "migrations" / "schema.sql").read_text(encoding="utf-8")
    named = {role for row in PAGE.rows("role") for role in re.findall(r"`(\w+)`", row[0])}
    assert named == set(re.findall(r"create role (\w+) nologin", made))
