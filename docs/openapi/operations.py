"""What every operation shares: its name, what it refuses, its headers, its caller."""

from collections.abc import Callable
from typing import Any

from docs.openapi import words
from docs.openapi.errors import by_status
from docs.openapi.examples import examples_of
from docs.openapi.refs import schema_ref
from runtime_app import errors
from web.api import refusals_of
from web.event_stream import STREAM_HEADERS
from web.policy import PREFIX, policy_on
from web.schemas.meaning import DIGITS_PATTERN, IDENTIFIER_PATTERN

#: What any request may meet before its route is looked at, and what any may meet inside.
_ANYWHERE = (400, 414, 431, 500)
_SIGNED = (
    errors.InvalidRequest,
    errors.Unauthorized,
    errors.Forbidden,
    errors.Throttled,
    errors.Unavailable,
)
_STREAM = "text/event-stream"
#: Their 200 says that something has ended, not that it was there before.
_WAITING = ("tools_execute",)

Security = list[dict[str, list[str]]]
#: Signed, for a user or a guest, with or without the name of the key.
FOR_PRINCIPALS: Security = [
    {"signature": [], "user": []},
    {"signature": [], "guest": []},
    {"signature": [], "keyId": [], "user": []},
    {"signature": [], "keyId": [], "guest": []},
]
#: Signed by an operator.
FOR_OPERATORS: Security = [{"signature": []}, {"signature": [], "keyId": []}]


def complete(
    operation: dict[str, Any], path: str, endpoint: str, view: Callable[..., Any]
) -> dict[str, Any]:
    """An operation as the routes describe it, with what it shares with others.

    Args:
        endpoint: `blueprint.function`; names the operation.
    """
    name = endpoint.replace(".", "_")
    signed = path.startswith(PREFIX)
    answers = _answers(operation, name)
    statuses = _refused(view, path, signed=signed, body="requestBody" in operation)
    taken = answers | {
        status: found for status, found in by_status(statuses).items() if status not in answers
    }
    parameters = [*operation.get("parameters", []), *_headers_in(answers, signed=signed)]
    done = {
        "operationId": name,
        "tags": operation["tags"],
        "summary": operation["summary"],
        "description": operation.get("description", operation["summary"]),
        "security": _security(view),
        "parameters": parameters,
        "responses": {status: taken[status] for status in sorted(taken)},
    }
    if "requestBody" in operation:
        done["requestBody"] = operation["requestBody"]
        media = done["requestBody"]["content"]["application/json"]
        media |= examples_of(name, "request")
    return done


def _security(view: Callable[..., Any]) -> Security:
    policy = policy_on(view)
    if policy is None:
        return []
    return FOR_PRINCIPALS if policy.scope is None else FOR_OPERATORS


def path_parameter(name: str) -> dict[str, Any]:
    """A name in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words.PATH[name],
        "schema": {"type": "string", "pattern": IDENTIFIER_PATTERN},
    }


def headers_in() -> dict[str, dict[str, Any]]:
    """The request headers, as parameters of the components."""
    schemas = {
        "X-Request-Id": {"type": "string"},
        "traceparent": {"type": "string"},
        "tracestate": {"type": "string"},
        "Last-Event-ID": {"type": "string", "pattern": DIGITS_PATTERN},
    }
    return {
        name: {
            "name": name,
            "in": "header",
            "description": words.HEADERS_IN[name],
            "schema": schema,
        }
        for name, schema in schemas.items()
    }


def headers_out() -> dict[str, dict[str, Any]]:
    """The response headers, as headers of the components."""
    identifier = {"type": "string", "pattern": IDENTIFIER_PATTERN}
    schemas: dict[str, dict[str, Any]] = {
        "X-Request-Id": identifier,
        "Retry-After": {"type": "integer", "minimum": 0},
        "Allow": {"type": "string"},
        "X-OA-RUN-ID": identifier,
        **{name: {"const": value} for name, value in STREAM_HEADERS.items()},
    }
    return {
        name: {"description": description, "required": True, "schema": schemas[name]}
        for name, description in words.HEADERS_OUT.items()
    }


def _answers(operation: dict[str, Any], name: str) -> dict[str, Any]:
    """The answers that the route itself gives, with headers, schemas of replays and examples."""
    answers = {
        str(status): answer
        for status, answer in operation["responses"].items()
        if isinstance(answer, dict) and "$ref" not in answer
    }
    for status, answer in answers.items():
        content = answer.setdefault("content", {})
        named = ["X-Request-Id"]
        if _STREAM in content or not content:
            answer["content"] = {_STREAM: _stream(name)}
            answer["description"] += "\n\n" + words.STREAM.strip()
            named += ["X-OA-RUN-ID", *(h for h in STREAM_HEADERS if h != "Content-Type")]
        else:
            media = content["application/json"]
            if len(answers) == 2 and _has_replay(answers) and name not in _WAITING:
                replayed = {"idempotentReplay": {"const": status == "200"}}
                media["schema"] = media["schema"] | {"properties": replayed}
            media |= examples_of(name, status)
        answer["headers"] = {each: {"$ref": f"#/components/headers/{each}"} for each in named}
    return answers


def _has_replay(answers: dict[str, Any]) -> bool:
    """Whether the answers are one for the first time and 200 for every other."""
    return "200" in answers and bool({"201", "202"} & answers.keys())


def _stream(name: str) -> dict[str, Any]:
    return {
        "schema": {"type": "string"},
        "x-data": {
            "ai-sdk": schema_ref("StreamPart"),
            "native": schema_ref("NativeStreamEvent"),
        },
        **examples_of(name, "200"),
    }


def _headers_in(answers: dict[str, Any], *, signed: bool) -> list[dict[str, str]]:
    named = ["X-Request-Id"]
    if signed:
        named += ["traceparent", "tracestate"]
    if any(_STREAM in answer["content"] for answer in answers.values()):
        named.append("Last-Event-ID")
    return [{"$ref": f"#/components/parameters/{name}"} for name in named]


def _refused(view: Callable[..., Any], path: str, *, signed: bool, body: bool) -> list[int]:
    statuses = list(_ANYWHERE)
    if signed:
        statuses += [408, 413, *(fault.status_hint for fault in _SIGNED)]
        if "{" in path:
            statuses.append(errors.NotFound.status_hint)
        if body:
            statuses.append(415)
    statuses += [fault.status_hint for fault in refusals_of(view)]
    return statuses
