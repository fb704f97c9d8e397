"""How large a request may be before anybody looks at what it says."""

from flask import Flask, request

from runtime_app.errors import InvalidRequest
from web.context import uri_as_sent
from web.errors import Envelope

MAX_URI_BYTES = 4096
MAX_HEADERS_BYTES = 16_384


def install(app: Flask) -> None:
    """Refuse what is too long or encoded; bodies are `web.request_body`'s business."""
    app.before_request(_measure)


def _measure() -> None:
    if len(uri_as_sent()) > MAX_URI_BYTES:
        raise Envelope(414, "uri_too_long", f"the URI is longer than {MAX_URI_BYTES} bytes")
    size = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if size > MAX_HEADERS_BYTES:
        raise Envelope(
            431, "headers_too_large", f"the headers are larger than {MAX_HEADERS_BYTES} bytes"
        )
    if "Content-Encoding" in request.headers:
        # A few bytes may unpack to any number, and the token is bound to those on the wire.
        raise InvalidRequest.field("Content-Encoding", "is not taken; send the body as it is")
