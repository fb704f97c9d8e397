"""A model call that failed."""

from runtime_app.providers.outcome import MEANINGS, Outcome


class ProviderError(Exception):
    """A model call failed.

    Args:
        outcome: how; what follows from it stands in `outcome.MEANINGS`.
        message: what was expected and what was found; holds no key.
        retry_after_s: how long the provider asks to be left alone, 0..120.
        maybe_executed: whether the provider may have done work for the call. Left out, it follows
            from the outcome; one that came in the middle of an answer says so.
        reason_code: a code of `provider_failed`, where the outcome alone does not say why.

    Attributes:
        retryable: whether the same call may succeed later.
    """

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        retry_after_s: float | None = None,
        maybe_executed: bool | None = None,
        reason_code: str = "",
    ) -> None:
        super().__init__(message)
        meaning = MEANINGS[outcome]
        self.outcome = outcome
        self.message = message
        self.retryable = meaning.retryable
        self.retry_after_s = retry_after_s
        self.reason_code = reason_code
        self.maybe_executed = meaning.executed != "no" if maybe_executed is None else maybe_executed
