"""Hard limits of one run."""

from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.errors import InvalidRequest
from runtime_app.runs.caps import Breach, Caps, Usage, breach
from runtime_app.runs.status import ReasonClass

NAMES = [field.name for field in fields(Caps)]
CAPS = Caps(steps=10, wall_clock_s=20, tokens=30, model_calls=40, tool_calls=50)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 10**9)))
def test_a_request_only_lowers(wanted):
    lowered = asdict(CAPS.lowered(wanted))
    for name, limit in asdict(CAPS).items():
        assert lowered[name] == min(limit, wanted.get(name, limit))


@pytest.mark.parametrize("value", [0, -1, 0.0, 2.5, "3", True, None, [1]])
def test_a_cap_is_a_positive_whole_number(value):
    with pytest.raises(InvalidRequest, match=r"caps\.steps must be a positive whole number"):
        CAPS.lowered({"steps": value})


def test_a_whole_number_may_be_written_with_a_point():
    lowered = CAPS.lowered({"steps": 3.0})
    assert lowered == replace(CAPS, steps=3)
    assert isinstance(lowered.steps, int)


def test_an_unknown_cap_is_told_which_there_are():
    with pytest.raises(InvalidRequest) as caught:
        CAPS.lowered({"step": 1})
    assert caught.value.message == f"caps.step is not a cap; known: {', '.join(NAMES)}"


def test_what_was_stored_is_read_again():
    assert Caps.from_json(asdict(CAPS)) == CAPS


def test_caps_of_another_release_are_ignored_and_missing_ones_are_the_default():
    assert Caps.from_json({"steps": 3, "yachts": 1}) == replace(Caps(), steps=3)


def test_nothing_used_is_no_breach():
    assert breach(Usage(), CAPS) is None


@pytest.mark.parametrize(
    ("usage", "broken"),
    [
        (Usage(steps=10), Breach("steps", 10, 10, ReasonClass.MAX_STEPS_EXCEEDED)),
        (
            Usage(wall_clock_s=20),
            Breach("wall_clock_s", 20, 20, ReasonClass.MAX_WALL_CLOCK_EXCEEDED),
        ),
        (
            Usage(input_tokens=10, output_tokens=20),
            Breach("tokens", 30, 30, ReasonClass.MAX_TOKENS_EXCEEDED),
        ),
        (
            Usage(model_calls=40),
            Breach("model_calls", 40, 40, ReasonClass.MAX_MODEL_CALLS_EXCEEDED),
        ),
        (Usage(tool_calls=51), Breach("tool_calls", 50, 51, ReasonClass.MAX_TOOL_CALLS_EXCEEDED)),
    ],
)
def test_a_cap_that_is_reached_says_which_and_how_far(usage, broken):
    assert breach(usage, CAPS) == broken


@pytest.mark.parametrize(
    "usage",
    [
        Usage(steps=9),
        Usage(wall_clock_s=19),
        Usage(input_tokens=29),
        Usage(model_calls=39),
        Usage(tool_calls=50),
    ],
)
def test_just_below_a_cap_the_run_goes_on(usage):
    assert breach(usage, CAPS) is None


def test_of_several_breaches_the_first_of_the_table_counts():
    broken = breach(Usage(steps=99, wall_clock_s=99, tool_calls=99), CAPS)
    assert broken is not None
    assert broken.cap == "steps"


def test_tokens_of_both_directions_count():
    assert Usage(input_tokens=3, output_tokens=4).tokens == 7
