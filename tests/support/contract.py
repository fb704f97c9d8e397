"""Answers held against the committed OpenAPI document, as every test's client does.

The document leaves room for what later releases add; the answers of this one may hold nothing that
it does not name.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import requests
import yaml

from runtime_app.sse import Decoder, SseEvent

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi-internal-v1.yaml"
STREAM = "text/event-stream"
#: What a request gets that meets no operation, by the name of its response.
_NO_OPERATION = {404: "NotFound", 405: "MethodNotAllowed"}


@dataclass(frozen=True)
class Operation:
    """One operation; `pattern` is its path, with or without a slash at the end."""

    method: str
    pattern: re.Pattern[str]
    responses: Mapping[str, Any]


def conforms(response: requests.Response, *, stream_read: bool = True) -> None:
    """Assert that the document foresees this answer: status, headers, body.

    Args:
        stream_read: whether a stream is looked at as well; that waits for its end.

    Raises:
        AssertionError: it does not; says what is not foreseen.
    """
    request = response.request
    asked = f"{request.method} {request.path_url} -> {response.status_code}"
    foreseen = _foreseen(request.method or "", urlsplit(request.url or "").path, response)
    assert foreseen is not None, f"{asked} is not in {DOCUMENT.name}"
    for name, header in foreseen["headers"].items():
        value = response.headers.get(name)
        assert value is not None, f"{asked}: the header {name} is missing"
        schema = _resolved(header)["schema"]
        given = int(value) if schema.get("type") == "integer" else value
        _hold(f"{asked}: {name}", schema, given)
    content_type = response.headers["Content-Type"].partition(";")[0]
    media = foreseen["content"].get(content_type)
    assert media is not None, f"{asked}: {content_type} is not foreseen"
    if request.method == "HEAD":
        return
    if content_type != STREAM:
        _hold(asked, media["schema"], response.json())
    elif stream_read:
        list(conforming(response, Decoder().feed(response.content)))


def conforming(response: requests.Response, events: Iterable[SseEvent]) -> Iterator[SseEvent]:
    """The events of a stream as they come, each of them foreseen."""
    query = parse_qs(urlsplit(response.request.url or "").query)
    native = query.get("format") == ["native"]
    for event in events:
        if native:
            data = json.loads(event.data)
            assert event.event == data["type"]
            _hold("native", {"$ref": "#/components/schemas/NativeStreamEvent"}, data)
        elif event.data != "[DONE]":
            part = json.loads(event.data)
            _hold("ai-sdk", _part_schema(part.get("type")), part)
        yield event


def _foreseen(method: str, path: str, response: requests.Response) -> Any:
    asked = "GET" if method == "HEAD" else method
    for operation in operations():
        if operation.method == asked and operation.pattern.fullmatch(path):
            found = operation.responses.get(str(response.status_code))
            return None if found is None else _resolved(found)
    name = _NO_OPERATION.get(response.status_code)
    return None if name is None else document()["components"]["responses"][name]


def _part_schema(part_type: Any) -> dict[str, Any]:
    mapping = document()["components"]["schemas"]["StreamPart"]["discriminator"]["mapping"]
    assert part_type in mapping, f"the part {part_type!r} is not in {DOCUMENT.name}"
    return {"$ref": mapping[part_type]}


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found: Any = document()
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _hold(what: str, schema: dict[str, Any], value: Any) -> None:
    errors = list(validator(json.dumps(schema)).iter_errors(value))
    told = [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in errors]
    assert not told, f"{what} is not what {DOCUMENT.name} says: {'; '.join(told)[:2000]}"


@cache
def validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """A schema of the document (as JSON), compiled once."""
    components = {"components": {"schemas": document()["components"]["schemas"]}}
    return jsonschema_rs.Draft202012Validator(
        json.loads(schema) | components, validate_formats=True
    )


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation; literal paths before those with names in them."""
    found = [
        Operation(method.upper(), re.compile(_pattern(path) + "/?"), operation["responses"])
        for path, item in sorted(document()["paths"].items(), key=lambda each: "{" in each[0])
        for method, operation in item.items()
        if method != "parameters"
    ]
    return tuple(found)


def _pattern(path: str) -> str:
    return "".join(
        "[^/]+" if piece.startswith("{") else re.escape(piece)
        for piece in re.split(r"(\{\w+\})", path)
    )


@cache
def document() -> dict[str, Any]:
    """The committed document, its objects closed."""
    return closed(yaml.load(DOCUMENT.read_text(encoding="utf-8"), yaml.CSafeLoader))


def closed(value: Any) -> Any:
    """`value` with every schema of an object that lists its properties holding these only."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    shut = {key: closed(item) for key, item in value.items()}
    if shut.get("type") == "object" and "properties" in shut:
        shut.setdefault("additionalProperties", False)
    return shut
