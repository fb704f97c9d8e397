"""The tool task's states."""

import re
from pathlib import Path

from runtime_app.tools.status import TOOL_TASK

SCHEMA = Path(__file__).parents[3] / "migrations" / "versions" / "0017_tool_runner.sql"


def test_a_task_ends_in_one_of_four_ways():
    assert TOOL_TASK.terminal == {"succeeded", "failed", "canceled", "timed_out"}


def test_only_a_queued_task_can_be_claimed():
    assert TOOL_TASK.predecessors("claim") == {"queued"}


def test_what_a_worker_says_counts_only_while_it_has_the_task():
    for given in ("progress", "succeed", "time_out", "requeue"):
        assert TOOL_TASK.predecessors(given) == {"running", "streaming"}


def test_an_open_task_can_be_cancelled_and_can_fail():
    for given in ("cancel", "fail"):
        assert TOOL_TASK.predecessors(given) == {"queued", "running", "streaming"}


def test_a_task_that_is_put_back_can_be_claimed_again():
    assert TOOL_TASK.next(TOOL_TASK.next("running", "requeue"), "claim") == "running"


def test_the_database_knows_the_same_states():
    sql = SCHEMA.read_text()
    listed = re.search(r"check \(state in \(([^)]*)\)", sql)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[1])) == set(TOOL_TASK.states)
    live = re.search(r"where state in \(([^)]*)\)", sql)
    assert live is not None
    assert set(re.findall(r"'(\w+)'", live[1])) == set(TOOL_TASK.states) - TOOL_TASK.terminal
