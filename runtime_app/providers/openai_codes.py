"""What error codes of the chat-completions protocol mean, and the types of its errors."""

from collections.abc import Mapping

from runtime_app.providers.outcome import Outcome

CODES: Mapping[str, Outcome] = {
    "insufficient_quota": Outcome.AUTH_FAULT,
    "invalid_api_key": Outcome.AUTH_FAULT,
    "rate_limit_exceeded": Outcome.THROTTLED,
    "rate_limit_error": Outcome.THROTTLED,
    "overloaded": Outcome.THROTTLED,
    "overloaded_error": Outcome.THROTTLED,
    "context_length_exceeded": Outcome.CALLER_FAULT,
    "content_filter": Outcome.CALLER_FAULT,
    "invalid_request_error": Outcome.CALLER_FAULT,
}
