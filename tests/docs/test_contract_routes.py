"""RUNTIME_CONTRACT.md names what each route takes and gives, and nothing that it does not."""

import json
import re
from typing import Any

import pytest

from docs.openapi import words
from docs.openapi.document import document as openapi
from runtime_app.frames.frame import FRAME_TYPES
from tests.docs.markdown import document
from web.event_stream import STREAM_HEADERS
from web.policy import PREFIX

CONTRACT = document("docs/RUNTIME_CONTRACT.md")
DOCUMENT = openapi()
OPERATIONS = {
    f"{method.upper()} {path.removeprefix(PREFIX)}": operation
    for path, item in DOCUMENT["paths"].items()
    if path.startswith(PREFIX)
    for method, operation in item.items()
    if method != "parameters"
}
#: Fields of a body are said once; this route takes those of two others.
NESTED = "POST /runs/stream"
STREAM = ("POST /runs/stream", "GET /runs/{run_id}/stream")


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#+ )", CONTRACT.text, re.M | re.S)
    assert found is not None, title
    return found[1]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def body_fields(operation: dict[str, Any]) -> set[str]:
    """The fields of a JSON body."""
    body = operation.get("requestBody")
    schema = {} if body is None else resolved(body["content"]["application/json"]["schema"])
    return set(schema.get("properties", {}))


def query(operation: dict[str, Any]) -> set[str]:
    """The parameters of the query."""
    return {each["name"] for each in operation["parameters"] if each.get("in") == "query"}


def told_fields(text: str) -> set[str]:
    """What a route's section says of a body: the first cells of its table, or its `Body:`."""
    table = text.partition("| field |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", table, re.M)
    line = re.search(r"^Body: (.*?)\.$", text, re.M)
    return set(re.findall(r"`(\w+)`", " ".join(cells) + (line[1] if line else "")))


@pytest.mark.parametrize("route", sorted(OPERATIONS.keys() - {NESTED}))
def test_the_fields_of_a_body_are_told_and_no_others(route: str) -> None:
    assert told_fields(section(route)) == body_fields(OPERATIONS[route])


def test_the_nested_body_is_told_by_its_parts() -> None:
    assert body_fields(OPERATIONS[NESTED]) == {"run", "frame"}
    assert '{"run": {…}, "frame": {…}}' in section(NESTED)


@pytest.mark.parametrize("route", sorted(OPERATIONS.keys()))
def test_the_query_is_told_and_nothing_else(route: str) -> None:
    line = re.search(r"Query: (.*?)\.(?:$|\s)", section(route), re.M | re.S)
    told = set(re.findall(r"`(\w+)`", line[1])) if line else set()
    assert told == query(OPERATIONS[route])


@pytest.mark.parametrize("route", sorted(OPERATIONS.keys() - set(STREAM)))
def test_the_answer_is_shown_whole(route: str) -> None:
    blocks = re.findall(r"^```json\n(.*?)^```", section(route), re.M | re.S)
    if route == "GET /runs/{run_id}":
        assert blocks == []
        assert "the same as the snapshot" in section(route)
        return
    shown = json.loads(blocks[0])
    answer = next(
        found for status, found in OPERATIONS[route]["responses"].items() if status[0] == "2"
    )
    schema = resolved(answer["content"]["application/json"]["schema"])
    assert set(schema["required"]) <= set(shown) <= set(schema["properties"])


def test_every_status_of_a_route_has_its_row() -> None:
    told = {int(row[0]) for row in CONTRACT.rows("status")}
    given = {
        int(status)
        for operation in OPERATIONS.values()
        for status in operation["responses"]
        if status[0] in "45"
    }
    assert given - {429} <= told


def test_the_types_of_a_frame_are_told_and_no_others() -> None:
    assert {row[0].strip("`") for row in CONTRACT.rows("`type`")} == set(FRAME_TYPES)


def test_the_headers_of_a_caller_and_of_a_stream_are_told() -> None:
    told = {row[0].strip("`") for row in CONTRACT.rows("header")}
    assert told == {header for header, _ in words.SECURITY.values()}
    for name, value in STREAM_HEADERS.items():
        assert f"`{name}: {value}`" in CONTRACT.prose.replace("\n", " ")
    for name in words.HEADERS_IN.keys() | words.HEADERS_OUT.keys():
        assert f"`{name}" in CONTRACT.prose, name
