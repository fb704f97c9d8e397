"""The tools of this release, by name."""

import pytest
from jsonschema import Draft202012Validator

from runtime_app.tools.registry import BUILT_IN, Registry
from runtime_app.tools.settlement import Settlement, Unproven
from runtime_app.tools.spec import Tool, ToolSpec

SEARCH = Tool(
    ToolSpec(
        "search",
        "Look for words.",
        {
            "type": "object",
            "properties": {
                "words": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "limit": {"type": "integer"},
            },
            "required": ["words"],
            "additionalProperties": False,
        },
    ),
    lambda _arguments, _context: None,
)
FREE = Tool(ToolSpec("free", "Anything.", {"type": "object"}), lambda _arguments, _context: None)
REGISTRY = Registry([SEARCH, FREE])


@pytest.mark.parametrize("tool", BUILT_IN, ids=lambda tool: tool.spec.name)
def test_a_built_in_tool_is_described_by_a_lawful_schema_of_an_object(tool):
    Draft202012Validator.check_schema(dict(tool.spec.parameters))
    assert tool.spec.parameters["type"] == "object"
    assert tool.spec.parameters["additionalProperties"] is False
    assert tool.spec.description.endswith(".")
    assert Registry().get(tool.spec.name) is tool


def test_tools_have_names_of_their_own():
    names = [tool.spec.name for tool in BUILT_IN]
    assert len(set(names)) == len(names)


def test_an_unknown_name_has_no_tool():
    assert REGISTRY.get("seek") is None


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (None, ["search", "free"]),
        ({}, ["search", "free"]),
        ({"allow": ["free"]}, ["free"]),
        ({"allow": []}, []),
        ({"allow": ["free", "of another release"]}, ["free"]),
        ({"deny": ["free"]}, ["search"]),
        ({"allow": ["search", "free"], "deny": ["search"]}, ["free"]),
    ],
)
def test_a_policy_says_which_tools_are_offered_and_deny_wins(policy, names):
    assert [tool.spec.name for tool in REGISTRY.offered(policy)] == names


@pytest.mark.parametrize(
    "arguments",
    [{"words": ["a"]}, {"words": ["a", "b"], "limit": 3}, {"words": ["a"], "limit": 3.0}],
)
def test_arguments_that_fit_are_no_problem(arguments):
    assert REGISTRY.problem("search", arguments, None) is None


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("seek", {}, "there is no tool 'seek'; available: search, free"),
        ("search", None, "the arguments are not a JSON object"),
        ("search", {}, "arguments: 'words' is a required property"),
        ("search", {"words": []}, "words: [] should be non-empty"),
        ("search", {"words": ["a", 2]}, "words.1: 2 is not of type 'string'"),
        ("search", {"words": ["a"], "limit": True}, "limit: True is not of type 'integer'"),
    ],
)
def test_a_call_that_cannot_be_made_is_explained_to_the_model(name, arguments, problem):
    assert REGISTRY.problem(name, arguments, None) == problem


def test_an_argument_that_the_tool_does_not_have_is_named():
    problem = REGISTRY.problem("search", {"words": ["a"], "colour": 1}, None)
    assert problem is not None
    assert "'colour'" in problem


def test_a_tool_that_the_policy_denies_is_not_there():
    policy = {"deny": ["search"]}
    problem = REGISTRY.problem("search", {"words": ["a"]}, policy)
    assert problem == "there is no tool 'search'; available: free"
    nothing = REGISTRY.problem("free", {}, {"allow": []})
    assert nothing == "there is no tool 'free'; available: none"


def test_a_problem_is_the_same_every_time():
    wrong = {"words": [1, 2, 3], "limit": "x", "a": 1, "b": 2}
    assert len({REGISTRY.problem("search", wrong, None) for _ in range(20)}) == 1


def test_an_explanation_is_short_however_long_the_argument():
    problem = REGISTRY.problem("search", {"words": "x" * 100_000}, None)
    assert problem is not None
    assert len(problem) < 1_000


def test_a_tool_that_settles_is_there_for_nobody_even_by_name():
    def lookup(_key, _ref):
        return Unproven.PENDING

    settlement = Settlement("shop", "msat", lambda _arguments: 1, lookup, key_retention_s=86_400)
    spec = ToolSpec("pay", "Pay.", {"type": "object"}, settlement=settlement)
    registry = Registry([FREE, Tool(spec, lambda _arguments, _context: None)])
    assert registry.names == ("free",)
    assert registry.withheld == ("pay",)
    assert registry.get("pay") is None
    assert registry.offered({"allow": ["pay"]}) == ()
    assert registry.problem("pay", {}, {"allow": ["pay"]}) == (
        "there is no tool 'pay'; available: none"
    )
