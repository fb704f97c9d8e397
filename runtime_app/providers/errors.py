"""How a model call fails, in six kinds.

| kind        | what happened                                                      | retry |
|-------------|--------------------------------------------------------------------|-------|
| throttled   | too many requests, or the provider is overloaded; it did nothing   | yes   |
| timeout     | no first token, no next token, or no end within the call's limits  | yes   |
| unavailable | could not be reached, answered 5xx, or went away in the middle      | yes   |
| protocol    | answered something that is not the protocol, or half an answer     | yes   |
| refused     | the request itself is at fault: unknown model, bad field, too long | no    |
| auth        | the key is missing, wrong, revoked or spent                        | no    |

`retryable` says only that the same call may succeed later. Whether it may be sent again also
depends on `maybe_executed` and on what has been committed of its answer.
"""

from typing import Literal

FailureKind = Literal["throttled", "timeout", "unavailable", "protocol", "refused", "auth"]

RETRYABLE: dict[FailureKind, bool] = {
    "throttled": True,
    "timeout": True,
    "unavailable": True,
    "protocol": True,
    "refused": False,
    "auth": False,
}
NEVER_EXECUTED: frozenset[FailureKind] = frozenset({"throttled", "refused", "auth"})


class ProviderError(Exception):
    """A model call failed.

    Args:
        message: what was expected and what was found; holds no key.
        retry_after_s: how long the provider asks to be left alone, 0..120.
        maybe_executed: False only when it is certain that the provider did no work for the call.
            Left out, it follows from the kind; a failure to connect is the one that must say so.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        retry_after_s: float | None = None,
        maybe_executed: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message
        self.retryable = RETRYABLE[kind]
        self.retry_after_s = retry_after_s
        self.maybe_executed = (
            kind not in NEVER_EXECUTED if maybe_executed is None else maybe_executed
        )
