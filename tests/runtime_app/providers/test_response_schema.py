import json

import pytest
from jsonschema import Draft202012Validator

from runtime_app.providers.response_schema import ResponseSchema, Unfit
from runtime_app.providers.schema_sample import least

CLOSED = {
    "type": "object",
    "properties": {
        "ok": {"type": "boolean"},
        "rows": {
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer", "minimum": 3}},
                "required": ["n"],
                "additionalProperties": False,
            },
        },
        "kind": {"enum": ["a", "b"]},
        "name": {"type": ["string", "null"], "minLength": 2},
        "one": {"const": 1},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    },
    "required": ["ok", "rows", "kind", "name", "one", "share"],
    "additionalProperties": False,
}


def test_what_fits_is_read():
    assert ResponseSchema("x", CLOSED).read(json.dumps(least(CLOSED))) == least(CLOSED)


def test_the_least_value_fits():
    Draft202012Validator(CLOSED).validate(least(CLOSED))
    assert least({}) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [("not json", "expected JSON"), ('{"ok": 1}', r"\$"), ("[]", r"\$")],
)
def test_what_does_not_fit_says_where(text, says):
    with pytest.raises(Unfit, match=says):
        ResponseSchema("x", CLOSED).read(text)


def test_only_a_closed_schema_is_strict():
    assert ResponseSchema("x", CLOSED).strict
    assert not ResponseSchema("x", {**CLOSED, "additionalProperties": True}).strict
    assert not ResponseSchema("x", {**CLOSED, "required": ["ok"]}).strict
    assert not ResponseSchema("x", {"anyOf": [{"type": "object"}]}).strict
