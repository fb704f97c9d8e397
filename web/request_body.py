"""The body of a request: cut off at its limits while it arrives, read as strict JSON."""

from typing import Any

import gevent
from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from runtime_app.canonical import NotCanonical, strict_loads
from runtime_app.errors import InvalidRequest
from web.errors import Envelope

_WITH_BODY = ("POST", "PUT", "PATCH")


def read(limit_bytes: int, within_s: float) -> bytes:
    """The exact bytes of the body; never more than one past the limit is taken in.

    Args:
        within_s: for all of it; a client that sends a byte now and then holds nobody up.

    Raises:
        RequestEntityTooLarge: it is longer than `limit_bytes`.
        InvalidRequest: it ends early, or its chunks cannot be read.
        Envelope: 408, it has not come in time; the server closes the connection.
    """
    told_bytes = request.content_length
    if told_bytes is not None and told_bytes > limit_bytes:
        raise RequestEntityTooLarge
    # Not through Werkzeug: its stream stops at the limit without a word when the body is chunked.
    late = Envelope(408, "request_timeout", f"the body did not come within {within_s:g} s")
    try:
        with gevent.Timeout(within_s, late):
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
