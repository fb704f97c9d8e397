"""The catalogue: what has shipped stays, schemas are schemas, hashes are those of others."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runtime_app.canonical import NotCanonical, strict_loads
from runtime_app.ds.catalog import SELECT_TOOL, SIGNATURES, signature
from runtime_app.ds.hashing import tagged_hash
from runtime_app.ds.signature import ID, hashes_of
from runtime_app.errors import NotFound

GOLDEN = Path(__file__).parents[2] / "golden"
SHIPPED = json.loads((GOLDEN / "ds" / "catalog.json").read_text())
TAGGED = json.loads((GOLDEN / "canonical" / "tagged.json").read_text())
#: Objects that another schema decides about.
OPEN = {"arguments", "parameters"}

each = pytest.mark.parametrize("signature_id", SIGNATURES)


def test_what_has_shipped_under_an_id_is_what_it_was() -> None:
    now = {
        found.id: {**found.hashes, "compiled_id": found.compiled_id}
        for found in SIGNATURES.values()
    }
    assert now == SHIPPED, "a changed schema, prompt or program is a new id: …vN"


@each
def test_an_id_has_its_form(signature_id: str) -> None:
    assert ID.fullmatch(signature_id)


@each
def test_schemas_are_closed_and_described(signature_id: str) -> None:
    found = signature(signature_id)
    for schema in (found.input_schema, found.output_schema):
        Draft202012Validator.check_schema(dict(schema))
        for name, inner in _inner("", schema):
            assert inner.get("description"), name
            if inner.get("type") == "object" and name not in OPEN:
                assert inner["additionalProperties"] is False, name
                assert inner["required"] == list(inner["properties"]), name
            if name == "confidence":
                assert (inner["minimum"], inner["maximum"]) == (0, 1)


@each
def test_its_budget_holds_its_strategy(signature_id: str) -> None:
    found = signature(signature_id)
    assert found.budget.calls == found.strategy.settings.get("iterations", 1)
    assert found.budget.tokens > found.max_output_tokens
    assert 0 <= found.repairs <= 2


def test_every_part_of_an_artifact_is_in_its_hash() -> None:
    body = SELECT_TOOL.body
    changes: Mapping[str, Any] = {
        "instructions": "Do otherwise.",
        "demos": [{}],
        "render_version": 2,
        "strategy": "rlm_lite.v1",
        "settings": {"iterations": 2},
        "decode": {"max_output_tokens": 1},
        "model": "scripted/echo",
        "tools": ["clock"],
    }
    assert set(changes) == set(body)
    hashes = {
        hashes_of(SELECT_TOOL, {**body, name: value})["artifact_hash"]
        for name, value in changes.items()
    }
    assert len(hashes | {SELECT_TOOL.hashes["artifact_hash"]}) == len(changes) + 1


def test_an_id_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"RecapThread\.v1"):
        signature("@openagents/autopilot/canary/RecapThread.v9")


def test_there_are_enough_vectors() -> None:
    assert len(TAGGED["hashed"]) + len(TAGGED["refused"]) >= 60


@pytest.mark.parametrize("vector", TAGGED["hashed"], ids=lambda vector: vector["json"][:30])
def test_a_vector_has_its_hash(vector: Mapping[str, Any]) -> None:
    _, _, kind, _ = vector["tag"].split(".")
    value = strict_loads(vector["json"].encode())
    assert tagged_hash(kind, value) == vector["sha256"]


@pytest.mark.parametrize("given", TAGGED["refused"])
def test_what_canonical_json_cannot_carry_is_refused(given: str) -> None:
    with pytest.raises(NotCanonical):
        tagged_hash("params", strict_loads(given.encode()))


def test_known_hashes_of_another_implementation() -> None:
    assert tagged_hash("params", {}).startswith("9ffe7896")
    assert tagged_hash("params", []).startswith("e87d0ac4")
    assert tagged_hash("output", {}).startswith("52f93972")


def _inner(name: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield name, schema
    for inner_name, inner in schema.get("properties", {}).items():
        yield from _inner(inner_name, inner)
    if "items" in schema:
        yield from _inner("items", schema["items"])
