"""The `clock` tool."""

from datetime import UTC, datetime

import pytest

from runtime_app.tools.adapters import clock
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry

NOW = datetime(2026, 1, 2, 23, 30, 0, 999_999, tzinfo=UTC)
CONTEXT = ToolContext("c", NOW)


@pytest.mark.parametrize(
    ("arguments", "time", "weekday"),
    [
        ({}, "2026-01-02T23:30:00+00:00", "Friday"),
        ({"utc_offset_minutes": 60}, "2026-01-03T00:30:00+01:00", "Saturday"),
        ({"utc_offset_minutes": -570}, "2026-01-02T14:00:00-09:30", "Friday"),
        ({"utc_offset_minutes": 60.0}, "2026-01-03T00:30:00+01:00", "Saturday"),
    ],
)
def test_the_time_is_that_of_the_call(arguments, time, weekday):
    assert Registry().problem("clock", arguments, None) is None
    assert clock.tell(arguments, CONTEXT) == {"time": time, "weekday": weekday}


@pytest.mark.parametrize("offset", [-1439, 1439])
def test_the_widest_offsets_are_taken(offset):
    assert Registry().problem("clock", {"utc_offset_minutes": offset}, None) is None
    assert datetime.fromisoformat(
        clock.tell({"utc_offset_minutes": offset}, CONTEXT)["time"]
    ) == NOW.replace(microsecond=0)


@pytest.mark.parametrize("offset", [-1440, 1440, "60", 1.5, True, None])
def test_what_is_no_offset_is_refused_before_the_tool_is_called(offset):
    assert Registry().problem("clock", {"utc_offset_minutes": offset}, None) is not None
