"""How large a request may be before anybody looks at what it says."""

from flask import Flask, request

from web.errors import Envelope

MAX_URI_BYTES = 4096
MAX_HEADERS_BYTES = 16_384


def install(app: Flask, max_body_bytes: int) -> None:
    """Refuse what is too long; bodies are cut off by Werkzeug at `MAX_CONTENT_LENGTH`."""
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.before_request(_measure)


def _measure() -> None:
    if len(request.full_path) > MAX_URI_BYTES:
        raise Envelope(414, "uri_too_long", f"the URI is longer than {MAX_URI_BYTES} bytes")
    size = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if size > MAX_HEADERS_BYTES:
        raise Envelope(
            431, "headers_too_large", f"the headers are larger than {MAX_HEADERS_BYTES} bytes"
        )
