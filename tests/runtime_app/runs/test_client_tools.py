"""Client-side tools beside those of the server."""

from hypothesis import given
from hypothesis import strategies as st

from runtime_app.bootstrap.registry import packs_of, registry_of
from runtime_app.canonical import canonical
from runtime_app.config import Config
from runtime_app.runs import client_tools, foreign_schema
from runtime_app.runs.client_tools import ClientTool
from tests.support.sanitizer import KEYS, SANITIZER

SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "OA_BROKER_URL": "redis://localhost/0",
    "OA_SIGNING_KEYS": "main:0123456789abcdef",
    "OA_SANITIZER_KEYS": KEYS,
}
PICK = ClientTool("pick", "Pick.", {"type": "object", "properties": {"a": {"minLength": 2}}}, 60)


def test_no_tool_of_the_server_can_be_declared():
    every = {**SETTINGS, "OA_TOOL_PACKS": ",".join(packs_of(Config.from_env(SETTINGS)))}
    names = registry_of(Config.from_env(every), SANITIZER).names
    assert set(names) == client_tools.SERVER_NAMES


def test_what_is_written_is_read_and_can_be_declared_again():
    assert client_tools.read(client_tools.written([PICK])) == (PICK,)
    assert client_tools.declared(client_tools.as_given([PICK]), None, 900) == (PICK,)


def test_a_tool_of_the_server_that_comes_later_does_not_take_the_place_of_one_that_is_there():
    assert client_tools.shadows([PICK], "pick")
    assert client_tools.shadows([ClientTool("http_get", "", {}, 1)], "http.get")
    assert not client_tools.shadows([PICK], "picker")


def test_arguments_are_held_against_the_schema():
    assert client_tools.problem(PICK, {"a": "xy"}) is None
    assert client_tools.problem(PICK, {"a": "x"}) == "a: 'x' is too short"
    assert client_tools.problem(PICK, None) == "the arguments are not a JSON object"


def test_a_pattern_that_would_take_for_ever_elsewhere_is_matched_at_once():
    schema = {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}
    assert foreign_schema.refusal(schema) is None
    found = foreign_schema.first_problem(schema, {"a": "a" * 50_000 + "!"})
    assert found is not None
    assert found.startswith("a: ")


def test_what_only_looks_like_a_keyword_is_data():
    names = {"$ref": {"type": "string"}, "pattern": {"enum": [{"$ref": "(?=x)"}]}}
    schema = {"type": "object", "properties": names, "required": ["$ref"]}
    assert foreign_schema.refusal(schema) is None


_anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("type", "properties", "items", "anyOf", "$ref", "pattern", "enum"))
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(("properties", "required", "anyOf", "if")), _anything))
def test_whatever_is_declared_is_taken_or_refused_in_words(schema):
    given = {**schema, "type": "object"}
    if foreign_schema.refusal(given) is None:
        foreign_schema.first_problem(given, {"a": 1})
    canonical(given)
