"""The run's states."""

import re
from pathlib import Path

import pytest

from runtime_app.runs.status import RUN, ReasonClass

SCHEMA = Path(__file__).parents[3] / "migrations" / "versions" / "0001_runtime_schema.sql"


def test_a_run_ends_in_one_of_three_ways():
    assert RUN.terminal == {"completed", "failed", "canceled"}


def test_every_state_can_be_reached_from_the_first():
    reached, found = set(), {RUN.initial}
    while found:
        reached |= found
        found = {to for state in found for to in RUN.table[state].values()} - reached
    assert reached == set(RUN.states)


def test_every_state_leads_to_an_end():
    for state in RUN.states:
        reached, found = set(), {state}
        while found:
            reached |= found
            found = {to for at in found for to in RUN.table[at].values()} - reached
        assert reached & RUN.terminal, state


def test_every_move_leads_to_a_state_of_the_table():
    for state, moves in RUN.table.items():
        assert set(moves.values()) <= set(RUN.states), state


@pytest.mark.parametrize("state", sorted(set(RUN.states) - RUN.terminal))
def test_a_live_run_can_fail_and_can_be_cancelled(state):
    assert RUN.next(state, "fail") == "failed"
    if state != "canceling":
        assert RUN.next(state, "request_cancel") == "canceling"


def test_a_run_that_is_being_cancelled_does_not_complete():
    assert set(RUN.table["canceling"].values()) == {"canceled", "failed"}


def test_the_database_knows_the_same_states():
    sql = SCHEMA.read_text()
    listed = re.search(r"status in \(([^)]*'accepted'[^)]*)\)", sql)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[1])) == set(RUN.states)
    for terminal in re.findall(r"status (?:not )?in \(('completed'[^)]*)\)", sql):
        assert set(re.findall(r"'(\w+)'", terminal)) == RUN.terminal


def test_a_reason_is_its_own_text():
    assert all(reason.value == reason.name.lower() for reason in ReasonClass)
    assert f"{ReasonClass.COMPLETED}" == "completed"
