"""The body of a request: cut off at the limit while it arrives, read as strict JSON."""

from typing import Any

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from runtime_app.canonical import NotCanonical, strict_loads
from runtime_app.errors import InvalidRequest

_WITH_BODY = ("POST", "PUT", "PATCH")


def read(limit_bytes: int) -> bytes:
    """The exact bytes of the body; never more than one past the limit is taken in.

    Raises:
        RequestEntityTooLarge: it is longer than `limit_bytes`.
        InvalidRequest: it ends early, or its chunks cannot be read.
    """
    told_bytes = request.content_length
    if told_bytes is not None and told_bytes > limit_bytes:
        raise RequestEntityTooLarge
    # Not through Werkzeug: its stream stops at the limit without a word when the body is chunked.
    try:
        raw: bytes = request.environ["wsgi.input"].read(limit_bytes + 1)
    except (ParseException, OSError) as error:
        raise InvalidRequest.field("body", "cannot be read") from error
    if len(raw) > limit_bytes:
        raise RequestEntityTooLarge
    if told_bytes is not None and len(raw) < told_bytes:
        raise InvalidRequest.field("body", "ends before its Content-Length")
    return raw


def parse(raw: bytes) -> Any:
    """The body as JSON that can be stored and hashed; None where the method has no body.

    Raises:
        UnsupportedMediaType: it does not say that it is JSON.
        InvalidRequest: it is not, or carries what canonical JSON cannot; names the field.
    """
    if request.method not in _WITH_BODY:
        return None
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send application/json")
    try:
        return strict_loads(raw)
    except NotCanonical as error:
        raise InvalidRequest.field(error.path or "body", error.problem) from error
