"""The loader of named queries says what is wrong with a file, and where."""

from pathlib import Path

import pytest

from runtime_app.db.sql import Queries, Query, beside

TWO = """\
-- What the file is about.

-- name: get_one :one
-- A remark that belongs to the statement.
select 1 as n;

-- name: forget_all :none
delete from t
 where a = %(a)s;
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "queries.sql"
        path.write_text(text)
        return path

    return write


def test_each_query_has_its_name_kind_and_text(written):
    queries = Queries(written(TWO))

    assert list(queries) == ["get_one", "forget_all"]
    assert len(queries) == 2
    assert queries["get_one"].kind == "one"
    assert queries["get_one"].text.endswith("select 1 as n")
    assert queries["forget_all"] == Query("forget_all", "none", "delete from t\n where a = %(a)s")


def test_the_file_is_looked_for_beside_the_module(written):
    path = written(TWO)

    assert dict(beside(str(path.with_name("store.py")))) == dict(Queries(path))
    with pytest.raises(FileNotFoundError):
        beside(str(path.with_name("store.py")), "other.sql")


def test_an_unknown_name_fails_and_names_the_file(written):
    with pytest.raises(KeyError, match=r"queries\.sql has no query 'get_two'"):
        Queries(written(TWO))["get_two"]


def test_a_name_that_stands_twice_fails(written):
    with pytest.raises(ValueError, match="query 'get_one' stands twice"):
        Queries(written(TWO + TWO))


@pytest.mark.parametrize("text", ["select 1;\n" + TWO, "select 1;\n"])
def test_a_statement_before_the_first_name_fails(written, text: str):
    with pytest.raises(ValueError, match="stands before the first '-- name:'"):
        Queries(written(text))


@pytest.mark.parametrize(
    "header", ["-- name: get_two :many", "-- name: get two :one", "--name: x :one"]
)
def test_a_name_that_is_misspelt_fails_instead_of_joining_the_query_before(written, header: str):
    with pytest.raises(ValueError, match="name"):
        Queries(written(f"{TWO}\n{header}\nselect 2;\n"))
