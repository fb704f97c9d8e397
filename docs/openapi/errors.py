"""The error envelope, and one response per status that carries it."""

from collections.abc import Iterable
from typing import Any

from docs.openapi.refs import schema_ref
from docs.refusals import Refusal, refusals

REQUEST_ID = "7c78875e2a3e7763d7518e6c52652fc3"

#: The one shape of every error outside a stream.
ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "The one shape of every error outside a stream.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "requestId"],
            "properties": {
                "code": {"type": "string", "description": "Stable; what a program looks at."},
                "message": {"type": "string", "description": "For people."},
                "details": {
                    "type": "array",
                    "description": "The reasons one by one; empty where there is nothing to add.",
                    "items": schema_ref("ErrorDetail"),
                },
                "requestId": {
                    "type": "string",
                    "description": "As in `X-Request-Id`; the log has the error under it.",
                },
            },
        }
    },
}
DETAIL: dict[str, Any] = {
    "type": "object",
    "description": "One reason.",
    "required": ["field", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field that it is about, dotted; or the limit or the fact.",
        },
        "message": {"type": "string", "description": "What is wrong with it, or its value."},
    },
}
SCHEMAS = {"Error": ENVELOPE, "ErrorDetail": DETAIL}

#: Examples of `details`, where a status has something to say.
_DETAILS: dict[int, list[dict[str, str]]] = {
    400: [{"field": "frame_id", "message": "is missing"}],
    409: [{"field": "run_terminal", "message": "status completed"}],
    410: [{"field": "floorSeq", "message": "40"}, {"field": "latestSeq", "message": "57"}],
}
#: Headers of an error beside the request id.
_HEADERS = {405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def response_name(code: str) -> str:
    """The name of the component that answers with `code`."""
    return "".join(word.capitalize() for word in code.split("_"))


def responses() -> dict[str, dict[str, Any]]:
    """Every error as a response of the document's components."""
    return {response_name(row.code): _response(row) for row in refusals()}


def by_status(statuses: Iterable[int]) -> dict[str, dict[str, str]]:
    """References to the responses of these statuses, as an operation lists them."""
    names = {row.status: response_name(row.code) for row in refusals()}
    return {
        str(status): {"$ref": f"#/components/responses/{names[status]}"}
        for status in sorted(set(statuses))
    }


def _response(row: Refusal) -> dict[str, Any]:
    example = {
        "error": {
            "code": row.code,
            "message": row.meaning,
            "details": _DETAILS.get(row.status, []),
            "requestId": REQUEST_ID,
        }
    }
    headers = ["X-Request-Id"] + ([_HEADERS[row.status]] if row.status in _HEADERS else [])
    again = " The same request may succeed later." if row.retryable else ""
    return {
        "description": f"`{row.code}`: {row.meaning}.{again}",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/json": {
                "schema": schema_ref("Error")
                | {"properties": {"error": {"properties": {"code": {"const": row.code}}}}},
                "examples": {row.code: {"value": example}},
            }
        },
    }
