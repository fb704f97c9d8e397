"""Which of the server's errors mean that it cannot serve, and which are defects of ours."""

import psycopg2
import pytest

from runtime_app.db.sqlstate import translate
from runtime_app.errors import Unavailable
from tests.support.postgres import Session, session

ABSENT = {
    "serialization failure": "40001",
    "deadlock": "40P01",
    "lock not available": "55P03",
    "query canceled": "57014",
    "admin shutdown": "57P01",
    "cannot connect now": "57P03",
    "too many connections": "53300",
    "disk full": "53100",
    "connection failure": "08006",
}
DEFECTS = {
    "unique violation": "23505",
    "check violation": "23514",
    "undefined table": "42P01",
    "syntax error": "42601",
    "division by zero": "22012",
    "raised by a function": "P0001",
}


@pytest.fixture
def owner(stack_state):
    with session(stack_state["owner_database_url"]) as owner:
        yield owner


def raised(owner: Session, state: str) -> psycopg2.Error:
    """The error as it comes from the server."""
    with pytest.raises(psycopg2.Error) as caught:
        owner.run(f"do $$ begin raise exception using errcode = '{state}'; end $$")
    assert caught.value.pgcode == state
    return caught.value


@pytest.mark.parametrize("state", ABSENT.values(), ids=ABSENT)
def test_an_absent_database_is_unavailable_and_may_be_asked_again(owner: Session, state: str):
    fault = translate(raised(owner, state))

    assert isinstance(fault, Unavailable)
    assert fault.retryable


@pytest.mark.parametrize("state", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_of_ours_is_not_hidden(owner: Session, state: str):
    assert translate(raised(owner, state)) is None


@pytest.mark.parametrize("kind", [psycopg2.OperationalError, psycopg2.InterfaceError])
def test_a_lost_connection_has_no_state_and_is_unavailable(kind: type[psycopg2.Error]):
    assert isinstance(translate(kind("server closed the connection unexpectedly")), Unavailable)


def test_a_misused_driver_has_no_state_and_is_a_defect():
    assert translate(psycopg2.ProgrammingError("no results to fetch")) is None
