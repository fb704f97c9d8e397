"""What went wrong at a provider, from the exceptions of its SDK: two tables, one order of looking.

A status says most. A code that the provider's own table knows says it better than the status; a
type is asked only where there is no status to go by, for it is too broad to overrule one. What no
rule names is the provider's fault, and may have been executed.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome

STATUSES: Mapping[int, Outcome] = {
    401: Outcome.AUTH_FAULT,
    402: Outcome.AUTH_FAULT,
    403: Outcome.AUTH_FAULT,
    408: Outcome.TIMEOUT,
    429: Outcome.THROTTLED,
    529: Outcome.THROTTLED,
}
LONGEST_RETRY_AFTER_S = 120.0
_LONGEST_QUOTE = 300


def classify(
    error: Exception, sdk: ModuleType, codes: Mapping[str, Outcome], secret: str
) -> ProviderError:
    """The failure that `error` stands for.

    Args:
        sdk: whose exceptions these are: the module `openai` or `anthropic`.
        codes: what the provider's codes and types mean.
        secret: replaced by *** wherever the server quotes it.
    """
    import httpx2

    quote = (str(error).replace(secret, "***") if secret else str(error))[:_LONGEST_QUOTE]
    match error:
        case ProviderError():
            return error
        case sdk.APIStatusError() if error.status_code >= 300:
            wait_s = retry_after_s(error.response.headers)
            outcome = _of_status(error.status_code, _said(error.body), codes, wait_s)
            return ProviderError(
                outcome, f"HTTP {error.status_code}: {quote}", retry_after_s=wait_s
            )
        case sdk.APIConnectionError():
            return _of_connection(error.__cause__ or error)
        case httpx2.HTTPError():
            return _of_connection(error)
        case sdk.APIError():
            outcome = _of_words(_said(error.body), codes)
            return ProviderError(outcome, f"an error in mid-stream: {quote}", maybe_executed=True)
        case ValueError():
            what = f"expected JSON in every chunk, found: {quote}"
            return ProviderError(Outcome.PROVIDER_FAULT, what)
        case _:
            return ProviderError(Outcome.PROVIDER_FAULT, f"{type(error).__name__}: {quote}")


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


def _said(body: object) -> tuple[str, str]:
    """The code and the type in an error's body; empty where there is none."""
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    inner = fields.get("error")
    if isinstance(inner, Mapping):
        fields = inner
    code, kind = fields.get("code"), fields.get("type")
    return "" if code is None else str(code), "" if kind is None else str(kind)


def _of_status(
    status: int, said: tuple[str, str], codes: Mapping[str, Outcome], wait_s: float | None
) -> Outcome:
    code, _ = said
    if code in codes:
        return codes[code]
    if status == 503 and wait_s is not None:
        return Outcome.THROTTLED
    if status in STATUSES:
        return STATUSES[status]
    if 400 <= status < 500:
        return Outcome.CALLER_FAULT
    return Outcome.PROVIDER_FAULT


def _of_words(said: tuple[str, str], codes: Mapping[str, Outcome]) -> Outcome:
    code, kind = said
    if code.isdecimal() and len(code) == 3:
        return _of_status(int(code), ("", kind), codes, None)
    return codes.get(code) or codes.get(kind) or Outcome.PROVIDER_FAULT


def _of_connection(cause: BaseException) -> ProviderError:
    import httpx2

    match cause:
        case httpx2.ProxyError():
            return ProviderError(
                Outcome.UNREACHABLE,
                f"expected a tunnel, found that the egress proxy opens none: {cause}",
            )
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.UnsupportedProtocol():
            return ProviderError(Outcome.UNREACHABLE, f"expected a connection, found: {cause}")
        case httpx2.TimeoutException():
            what = f"expected the server to go on, found: {cause!r}"
            return ProviderError(Outcome.TIMEOUT, what)
        case httpx2.DecodingError():
            what = f"expected a readable body, found: {cause}"
            return ProviderError(Outcome.PROVIDER_FAULT, what)
        case _:
            what = f"expected the whole answer, lost the connection: {cause}"
            return ProviderError(Outcome.PROVIDER_FAULT, what)
