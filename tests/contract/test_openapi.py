"""The OpenAPI document is valid, whole, and says what the code's tables say."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from schemathesis.specs.openapi.definitions import OPENAPI_31

from docs.generate import part_types
from docs.openapi import events, parts
from docs.openapi.document import document
from docs.openapi.frames import PAYLOADS
from runtime_app.errors import InvalidRequest, Unprocessable
from runtime_app.events.catalog import CATALOG
from runtime_app.frames.frame import FRAME_TYPES, Frame, check
from runtime_app.runs.caps import Caps
from runtime_app.sse import Decoder
from runtime_app.streaming.event_mapper import MAPPED
from tests.support import contract
from web.schemas.runs import CapsInForce

DOCUMENT = document()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for method, operation in item.items()
    if method != "parameters"
}
EVENT_FILES = contract.DOCUMENT.parent / "schemas" / "events"
GOLDEN = Path(__file__).parents[1] / "golden" / "event_mapper"


def below(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from below(item)


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that has a schema: operation and whose it is, and its media type."""
    for name, operation in OPERATIONS.items():
        if "requestBody" in operation:
            yield f"{name} request", operation["requestBody"]["content"]["application/json"]
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values():
                yield f"{name} {status}", media
    for name, answer in DOCUMENT["components"]["responses"].items():
        yield name, answer["content"]["application/json"]


BODIES = dict(bodies())


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """What a closed schema of the document has against a value."""
    found = contract.validator(json.dumps(contract.closed(schema))).iter_errors(value)
    return [error.message for error in found]


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    errors = jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DOCUMENT)
    assert [f"{error.instance_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_json_schema(name: str) -> None:
    jsonschema_rs.meta.validate(
        SCHEMAS[name] | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    )


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to() -> None:
    used = {each["$ref"] for each in below(DOCUMENT) if isinstance(each.get("$ref"), str)}
    there = {
        f"#/components/{kind}/{name}"
        for kind, found in DOCUMENT["components"].items()
        for name in found
    }
    assert used <= there
    assert {name for name in there - used if "/schemas/" in name} == set()


def test_every_operation_can_be_read() -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for name, operation in OPERATIONS.items():
        assert set(operation["tags"]) <= tags, name
        assert operation["summary"].endswith("."), name
        assert operation["description"].endswith("."), name
        assert "\n\n" not in operation["summary"], name
    assert len(OPERATIONS) == sum(len(i) - ("parameters" in i) for i in DOCUMENT["paths"].values())


def test_every_parameter_and_every_field_of_a_route_is_described() -> None:
    given = [each for each in below(DOCUMENT) if "in" in each and "name" in each]
    assert [each["name"] for each in given if not each.get("description")] == []
    shapes = {name: SCHEMAS[name] for name in SCHEMAS if not name.endswith(("Part", "Payload"))}
    fields_of = {
        f"{name}.{field}": schema
        for name, shape in shapes.items()
        if name not in ("Error", "NativeStreamEvent")
        for field, schema in shape.get("properties", {}).items()
    }
    assert [name for name, schema in fields_of.items() if not schema.get("description")] == []


@pytest.mark.parametrize("body", BODIES)
def test_every_body_has_examples_that_it_allows(body: str) -> None:
    media = BODIES[body]
    assert media["examples"], body
    for name, example in media["examples"].items():
        assert problems(media["schema"], example["value"]) == [], name
        if "x-data" in media:
            for event in Decoder().feed(example["value"].encode()):
                if event.data != "[DONE]":
                    assert problems(media["x-data"]["ai-sdk"], json.loads(event.data)) == []


def test_the_committed_document_is_what_the_tests_hold_answers_against() -> None:
    committed = yaml.safe_load(contract.DOCUMENT.read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(DOCUMENT))
    assert len(contract.operations()) == len(OPERATIONS)


# -- the tables -----------------------------------------------------------------------------------


def test_every_event_type_has_its_schema_file_and_every_file_its_type() -> None:
    assert {path.stem for path in EVENT_FILES.glob("*")} == set(CATALOG)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_the_golden_events_and_their_parts_are_as_the_schemas_say(path: Path) -> None:
    file = json.loads(path.read_text())
    schema = json.loads((EVENT_FILES / path.name).read_text())
    for case in file["cases"]:
        assert problems(schema, case["payload"]) == [], case["name"]
        for part in case["parts"]:
            assert problems(SCHEMAS[parts.part_name(part["type"])], part) == [], case["name"]


def test_every_part_that_is_sent_has_its_schema_and_every_schema_is_of_such_a_part() -> None:
    assert {part for event in MAPPED for part in part_types(event)} == set(parts.PARTS)


def test_what_is_known_of_fields_is_known_of_fields_that_there_are() -> None:
    assert {field for event, field in events.KNOWN if field not in CATALOG[event].fields} == set()


def test_every_frame_type_has_its_payload() -> None:
    assert tuple(PAYLOADS) == FRAME_TYPES


@pytest.mark.parametrize(
    ("frame_type", "payload"),
    [
        ("user_message", {"text": "a"}),
        ("user_message", {"text": "a", "parts": 1}),
        ("user_message", {"text": ""}),
        ("user_message", {"text": 1}),
        ("user_message", {}),
        ("user_message", {"parts": []}),
        ("user_message", {"parts": ["a"]}),
        ("user_message", {"parts": [{"text": "a"}]}),
        ("user_message", {"parts": [{"type": "text"}]}),
        ("user_message", {"parts": [{"type": "text", "text": ""}]}),
        ("user_message", {"parts": [{"type": "file"}]}),
        ("user_message", {"parts": [{"type": "file"}, {"type": "text", "text": "a"}]}),
        ("context", {}),
        ("cancel", {"reason": "a"}),
        ("cancel", {"reason": None}),
        ("complete", {"reason": 1}),
        ("tool_result", {"tool_call_id": "a"}),
        ("tool_result", {"tool_call_id": "a", "output": None}),
        ("tool_result", {"tool_call_id": "a", "error": "no"}),
        ("tool_result", {"tool_call_id": "a", "error": ""}),
        ("tool_result", {"tool_call_id": "a", "error": "x" * 8193}),
        ("tool_result", {"tool_call_id": "a", "output": 1, "error": "no"}),
        ("tool_result", {"tool_call_id": ""}),
        ("approval_response", {"approval_id": 1}),
        ("approval_response", {}),
    ],
)
def test_the_payload_of_a_frame_is_what_its_check_takes(frame_type: str, payload: Any) -> None:
    try:
        check(Frame("f", frame_type, payload))
        taken = True
    except Unprocessable:
        taken = True
    except InvalidRequest:
        taken = False
    schema = jsonschema_rs.validator_for(PAYLOADS[frame_type])
    assert schema.is_valid(payload) == taken


def test_the_caps_in_force_are_all_there_are() -> None:
    assert list(CapsInForce().fields) == [cap.name for cap in fields(Caps)]
