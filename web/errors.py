"""Every error as one envelope, never HTML, never a stack trace."""

import logging
from collections.abc import Mapping, Sequence

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from runtime_app.errors import Detail, RuntimeFault

_log = logging.getLogger(__name__)

#: Codes of the errors that Werkzeug raises by itself.
_CODES: Mapping[int, str] = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "payload_too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    431: "headers_too_large",
}
_MESSAGES: Mapping[int, str] = {
    404: "there is no such route",
    413: "the body is larger than this service takes",
}


class Envelope(Exception):
    """An error of the edge itself."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def install(app: Flask) -> None:
    """Answer every exception with the envelope."""
    app.register_error_handler(RuntimeFault, _fault)
    app.register_error_handler(Envelope, _envelope)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _defect)


def body(
    code: str, message: str, details: Sequence[Detail], request_id: str
) -> dict[str, dict[str, object]]:
    """The envelope as JSON."""
    listed = [{"field": detail.field, "message": detail.message} for detail in details]
    return {"error": {"code": code, "message": message, "details": listed, "requestId": request_id}}


def _answer(status: int, code: str, message: str, details: Sequence[Detail] = ()) -> Response:
    response = jsonify(body(code, message, details, g.get("request_id", "")))
    response.status_code = status
    return response


def _fault(fault: RuntimeFault) -> Response:
    response = _answer(fault.status_hint, fault.code, fault.message, fault.details)
    if fault.retry_after_s is not None:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    return response


def _envelope(error: Envelope) -> Response:
    return _answer(error.status, error.code, error.message)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    message = _MESSAGES.get(status) or error.description or error.name
    response = _answer(status, _CODES.get(status, "invalid_request"), message)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _defect(error: Exception) -> Response:
    _log.exception("request %s failed", g.get("request_id"), exc_info=error)
    return _answer(500, "internal_error", "the service failed; quote the request id")
