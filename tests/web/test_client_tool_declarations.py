"""Which client-side tools a run may declare."""

import json
from typing import Any

import pytest

from tests.support.api import Api, fresh
from tests.web.envelope import fields, refused
from tests.web.test_client_tools import PICK


def declared(**changes: Any) -> list[dict[str, Any]]:
    return [{**PICK, **changes}]


def schema(**properties: Any) -> list[dict[str, Any]]:
    return declared(parameters={"type": "object", "properties": properties})


KEY = "sk-" + "proj-" + "a1B2" * 12


@pytest.mark.parametrize(
    ("tools", "field"),
    [
        (declared(name="clock"), "client_tools.0.name"),
        (declared(name="http_get"), "client_tools.0.name"),
        (declared(name="no spaces"), "client_tools.0.name"),
        (declared(name="x" * 65), "client_tools.0.name"),
        ([PICK, PICK], "client_tools.1.name"),
        (declared(description=""), "client_tools.0.description"),
        (declared(description="x" * 1025), "client_tools.0.description"),
        (declared(description=f"uses {KEY}"), "client_tools.0"),
        (schema(a={"default": KEY}), "client_tools.0"),
        (declared(timeout_s=0), "client_tools.0.timeout_s"),
        (declared(timeout_s=86_401), "client_tools.0.timeout_s"),
        (declared(timeout_s=1.5), "client_tools.0.timeout_s"),
        (declared(timeout_s=True), "client_tools.0.timeout_s"),
        (declared(parameters={}), "client_tools.0.parameters"),
        (declared(parameters={"type": "array"}), "client_tools.0.parameters"),
        (schema(a={"type": "nothing"}), "client_tools.0.parameters"),
        (schema(a={"$ref": "http://169.254.169.254/"}), "client_tools.0.parameters"),
        (schema(a={"allOf": [{"$ref": "#"}]}), "client_tools.0.parameters"),
        (schema(a={"pattern": "(?=x)"}), "client_tools.0.parameters"),
        (schema(a={"patternProperties": {"^(a+)+$": {}}}), "client_tools.0.parameters"),
        (schema(a={"$schema": "http://json-schema.org/schema#"}), "client_tools.0.parameters"),
        (schema(a={"description": "x" * 32_768}), "client_tools"),
        ([{**PICK, "name": f"t{n}"} for n in range(33)], "client_tools"),
    ],
)
def test_a_declaration_that_is_not_taken_is_refused_with_its_field(
    api: Api, tools: list[dict[str, Any]], field: str
) -> None:
    run = fresh(), fresh("t")
    response = api.start(*run, client_tools=tools)
    assert fields(refused(response, 400, "invalid_request")) == [field]
    assert api.get("/snapshot", *run).status_code == 404


def test_a_whole_number_of_seconds_is_one_however_it_is_spelled(api: Api) -> None:
    assert api.start(fresh(), fresh("t"), client_tools=declared(timeout_s=30.0)).status_code == 201


def test_a_tool_that_the_policy_forbids_is_not_declared(api: Api) -> None:
    for policy in ({"allow": ["clock"]}, {"deny": ["pick_colour"]}):
        response = api.start(fresh(), fresh("t"), client_tools=[PICK], tool_policy=policy)
        assert fields(refused(response, 400, "invalid_request")) == ["client_tools.0.name"]


def test_a_declaration_is_kept_as_it_was_and_is_part_of_the_request(api: Api) -> None:
    run = fresh(), fresh("t")
    parameters = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"password": {"type": "string", "description": "at least 8 characters"}},
        "required": ["password"],
    }
    tools = [{**PICK, "parameters": parameters, "timeout_s": 60, "of_a_later_release": 1}]
    assert api.start(*run, client_tools=tools).status_code == 201
    [kept] = api.events(*run)[0]["payload"]["client_tools"]
    assert {**json.loads(kept.pop("parameters")), "$schema": parameters["$schema"]} == parameters
    assert kept == {"name": PICK["name"], "description": PICK["description"], "timeout_s": 60}
    assert api.start(*run, client_tools=tools).status_code == 200
    refused(api.start(*run, client_tools=declared(timeout_s=61)), 409, "conflict")
    refused(api.start(*run), 409, "conflict")
