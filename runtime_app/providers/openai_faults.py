"""What went wrong at an OpenAI-compatible server, from the exceptions of its SDK.

The SDK is imported inside, where one of its exceptions already exists: loading it is slow, and
most processes never talk to a model.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from runtime_app.providers.errors import FailureKind, ProviderError

STATUS_KINDS: Mapping[int, FailureKind] = {
    401: "auth",
    403: "auth",
    408: "timeout",
    429: "throttled",
    529: "throttled",
}
# What an error body says, in its code or its type, when there is no status to go by.
CODE_KINDS: Mapping[str | None, FailureKind] = {
    "insufficient_quota": "auth",
    "invalid_api_key": "auth",
    "rate_limit_exceeded": "throttled",
    "rate_limit_error": "throttled",
    "overloaded_error": "throttled",
    "context_length_exceeded": "refused",
    "content_filter": "refused",
    "invalid_request_error": "refused",
}
LONGEST_RETRY_AFTER_S = 120.0
_LONGEST_QUOTE = 300


def classify(error: Exception, secret: str) -> ProviderError:
    """The failure that `error` stands for; what no rule knows is a `protocol` failure.

    Args:
        secret: replaced by *** wherever the server quotes it.
    """
    import openai

    quote = (str(error).replace(secret, "***") if secret else str(error))[:_LONGEST_QUOTE]
    match error:
        case ProviderError():
            return error
        case openai.APIStatusError():
            wait_s = retry_after_s(error.response.headers)
            kind = _status_kind(error.status_code, error.code, wait_s)
            return ProviderError(kind, f"HTTP {error.status_code}: {quote}", retry_after_s=wait_s)
        case openai.APIConnectionError():
            return _connection_fault(error.__cause__ or error)
        case openai.APIError():
            kind = _body_kind(error.code, error.type)
            return ProviderError(kind, f"an error in mid-stream: {quote}", maybe_executed=True)
        case ValueError():
            return ProviderError("protocol", f"expected JSON in every chunk, found: {quote}")
        case _:
            return ProviderError("protocol", f"{type(error).__name__}: {quote}")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the response asks to be left alone, 0..120 s; None when it does not say.

    A date is measured against the response's own Date, so no clock of ours is involved.
    """
    given = headers.get("retry-after-ms")
    if given is not None and given.isdecimal():
        return min(int(given) / 1000, LONGEST_RETRY_AFTER_S)
    given = headers.get("retry-after")
    if given is None:
        return None
    try:
        wait_s = float(given) if given.isdecimal() else _until(given, headers["date"])
    except (ValueError, KeyError):
        return None
    return min(max(0.0, wait_s), LONGEST_RETRY_AFTER_S)


def _until(moment: str, sent_at: str) -> float:
    return (parsedate_to_datetime(moment) - parsedate_to_datetime(sent_at)).total_seconds()


def _status_kind(status: int, code: str | None, wait_s: float | None) -> FailureKind:
    if status == 429 and code == "insufficient_quota":
        return "auth"
    if status == 503 and wait_s is not None:
        return "throttled"
    if status in STATUS_KINDS:
        return STATUS_KINDS[status]
    if status >= 500:
        return "unavailable"
    return "refused" if status >= 400 else "protocol"


def _body_kind(code: str | None, kind: str | None) -> FailureKind:
    if code is not None and code.isdecimal() and len(code) == 3:
        return _status_kind(int(code), None, None)
    return CODE_KINDS.get(code) or CODE_KINDS.get(kind) or "unavailable"


def _connection_fault(cause: BaseException) -> ProviderError:
    import httpx2

    match cause:
        case httpx2.ProxyError():
            return ProviderError(
                "unavailable",
                f"expected a tunnel, found that the egress proxy opens none: {cause}",
                maybe_executed=False,
            )
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.UnsupportedProtocol():
            return ProviderError(
                "unavailable", f"expected a connection, found: {cause}", maybe_executed=False
            )
        case httpx2.TimeoutException():
            return ProviderError("timeout", f"expected the server to go on, found: {cause!r}")
        case httpx2.DecodingError():
            return ProviderError("protocol", f"expected a readable body, found: {cause}")
        case _:
            return ProviderError(
                "unavailable", f"expected the whole answer, lost the connection: {cause}"
            )
