"""Every named query is understood by the migrated schema, and asked for by somebody."""

import re
from pathlib import Path
from typing import Any

import pytest

from runtime_app.db.sql import Queries, Query
from tests.support.postgres import session
from tests.support.stack import PROJECT

ROOMS = ("runtime_app", "web", "tasks")
FILES = sorted(
    [path for room in ROOMS for path in (PROJECT / room).rglob("*.sql")]
    + [PROJECT / "migrations" / "dump_schema.sql"]
)
QUERIES = [(path, query) for path in FILES for query in Queries(path).values()]
NAMES = [f"{path.relative_to(PROJECT)}:{query.name}" for path, query in QUERIES]

# psycopg2's `%(name)s`, and SQLAlchemy's `:name` where no second colon makes it a cast.
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|(?<!:):(\w+)")


def numbered(query: Query) -> str:
    """The statement with `$1`, `$2` … for its parameters, each name one number."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1] or found[2], len(names) + 1)}"

    return _PLACEHOLDER.sub(number, query.text)


def test_there_are_queries_to_prepare():
    assert len(QUERIES) > 40


@pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=NAMES)
def test_a_named_query_prepares(stack_state: dict[str, Any], query: Query):
    with session(stack_state["owner_database_url"]) as owner:
        owner.run(f"prepare checked as {numbered(query)}")

        assert owner.value("select count(*) from pg_prepared_statements") == 1


@pytest.mark.parametrize(("path", "query"), QUERIES, ids=NAMES)
def test_a_named_query_is_asked_for(path: Path, query: Query):
    rooms = [path.parent, *(PROJECT / room for room in ROOMS)]
    modules = [module for room in rooms for module in room.rglob("*.py")]
    quoted = f'"{query.name}"'

    assert any(quoted in module.read_text() for module in modules)
