"""What the error types of Anthropic's messages protocol mean."""

from collections.abc import Mapping

from runtime_app.providers.outcome import Outcome

CODES: Mapping[str, Outcome] = {
    "authentication_error": Outcome.AUTH_FAULT,
    "billing_error": Outcome.AUTH_FAULT,
    "permission_error": Outcome.AUTH_FAULT,
    "rate_limit_error": Outcome.THROTTLED,
    "overloaded_error": Outcome.THROTTLED,
    "timeout_error": Outcome.TIMEOUT,
    "invalid_request_error": Outcome.CALLER_FAULT,
    "not_found_error": Outcome.CALLER_FAULT,
    "request_too_large": Outcome.CALLER_FAULT,
    "api_error": Outcome.PROVIDER_FAULT,
}
