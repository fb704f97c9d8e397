"""A table of moves."""

import pytest

from runtime_app.state_machine import IllegalTransition, Machine

DOOR = Machine(
    "door",
    "shut",
    {"shut": {"open": "ajar", "brick_up": "gone"}, "ajar": {"close": "shut"}, "gone": {}},
)


def test_a_move_leads_where_the_table_says():
    assert DOOR.next("shut", "open") == "ajar"
    assert DOOR.next("ajar", "close") == "shut"


@pytest.mark.parametrize(
    ("state", "given", "message"),
    [
        ("ajar", "open", "door: 'open' is not possible in 'ajar'; possible: close"),
        ("shut", "close", "door: 'close' is not possible in 'shut'; possible: open, brick_up"),
        ("gone", "open", "door: 'open' is not possible in 'gone'; possible: nothing (terminal)"),
        ("lost", "open", "door: 'open' is not possible in 'lost'; possible: nothing (terminal)"),
    ],
)
def test_a_missing_move_says_what_is_possible(state, given, message):
    with pytest.raises(IllegalTransition) as caught:
        DOOR.next(state, given)
    assert str(caught.value) == message


def test_what_nothing_leaves_is_terminal():
    assert DOOR.terminal == {"gone"}
    assert DOOR.states == ("shut", "ajar", "gone")


def test_a_move_knows_where_it_is_possible():
    assert DOOR.predecessors("open") == {"shut"}
    assert DOOR.predecessors("fly") == frozenset()


def test_the_diagram_is_drawn_from_the_table():
    assert DOOR.to_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> shut",
        "    shut --> ajar: open",
        "    shut --> gone: brick_up",
        "    ajar --> shut: close",
        "    gone --> [*]",
    ]
