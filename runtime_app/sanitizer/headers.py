"""HTTP headers, in the forms they come in: a map, pairs, `{name, value}` items, raw text."""

from runtime_app.sanitizer.listed import listed
from runtime_app.sanitizer.names import Promise, promise, words

#: Names that sound secret, or might, and are not.
ALLOWED = listed(
    """
    accept accept-encoding accept-language accept-ranges access-control-allow-credentials
    access-control-allow-headers access-control-allow-methods access-control-allow-origin
    access-control-expose-headers access-control-max-age age allow cache-control cache-key
    connection content-disposition content-encoding content-language content-length
    content-location content-range content-security-policy content-type date etag expect
    expires host idempotency-key if-match if-modified-since if-none-match if-range
    if-unmodified-since keep-alive last-event-id last-modified link location origin pragma
    proxy-authenticate range referer retry-after sec-websocket-accept sec-websocket-key
    sec-websocket-version server server-timing strict-transport-security surrogate-key te
    traceparent tracestate trailer transfer-encoding upgrade user-agent vary via warning
    www-authenticate x-request-id
    """
)
_SECRET_WORDS = listed(
    """
    auth authorization authentication cookie csrf xsrf credential credentials jwt key
    macaroon passwd password preimage secret session sessionid sid signature token
    """
)


def is_secret_header(name: str) -> bool:
    """Whether a header's value is masked: a secret word anywhere in a name that is not allowed."""
    lowered = name.strip().lower().replace("_", "-")
    if lowered in ALLOWED:
        return False
    return promise(name) is Promise.SECRET or not _SECRET_WORDS.isdisjoint(words(lowered))


def is_headers_key(name: str) -> bool:
    """Whether a JSON key says that headers stand below it."""
    parts = words(name)
    return bool(parts) and parts[-1] in ("headers", "header")
