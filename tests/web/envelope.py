"""The one error envelope, looked at whole wherever a test is refused."""

from typing import Any, Protocol

import requests

from tests.support import contract


class Answered(Protocol):
    """What `requests` and `tests.web.wire` both give."""

    status_code: int
    headers: Any
    text: str

    def json(self) -> Any: ...


def refused(response: Answered, status: int, code: str) -> dict[str, Any]:
    """The `error` of a response that must be this refusal, as the contract shapes it."""
    assert response.status_code == status, response.text
    if isinstance(response, requests.Response):
        contract.conforms(response)
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "details", "requestId"}
    assert error["code"] == code, error
    assert error["message"]
    assert error["requestId"]
    assert error["requestId"] == response.headers["x-request-id"]
    assert all(set(detail) == {"field", "message"} for detail in error["details"])
    assert "Traceback" not in response.text
    return error


def fields(error: dict[str, Any]) -> list[str]:
    """The fields that a refusal is about."""
    return [detail["field"] for detail in error["details"]]
