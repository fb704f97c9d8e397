import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.model_script import SCRIPTS, parse_script


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_asked_for_by_name_alone(name):
    script = parse_script(name)
    assert script.name == name
    assert {**script.numbers, **script.words}.keys() == SCRIPTS[name].keys()


def test_parameters_replace_defaults():
    script = parse_script("tokens?n=7&bytes=3")
    assert script.numbers == {"n": 7, "delay_ms": 0, "bytes": 3}


def test_a_word_is_one_of_its_table():
    assert parse_script("fail?error=throttled").words == {"error": "throttled", "as": ""}


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("nothing", "demo"),
        ("", "demo"),
        ("tokens?speed=3", "speed"),
        ("tokens?n=x", "n: expected a whole number 0..100000, found 'x'"),
        ("tokens?n=", "n: expected"),
        ("tokens?n=-1", "n: expected"),
        ("tokens?n=100001", "n: expected"),
        ("tokens?n=" + "9" * 5000, "n: "),
        ("tokens?n=٣", "n: expected"),
        ("tokens?n=1&n=2", "n is given twice"),
        ("tokens?bytes=0", "bytes: expected"),
        ("tools?parallel=201", "parallel: expected"),
        ("tools?asks=more", "asks: expected one of"),
        ("call?tool=", "tool: expected a name"),
        ("call?tool=a%20b", "tool: expected a name, found 'a b'"),
        ("fail?error=boredom", "error: expected one of unreachable"),
        ("throttle?retry_after=1.5", "retry_after: expected"),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused_by_name(model, names):
    with pytest.raises(ProviderError) as caught:
        parse_script(model)
    assert caught.value.outcome == "caller_fault"
    assert names in caught.value.message
