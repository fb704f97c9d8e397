"""How a call to a provider ends: one closed list, and what each entry means.

Whoever speaks to a provider says which it was, once. Whoever decides what follows (a retry, a
breaker, another provider) reads the table and asks nobody else.

| outcome        | what happened                                               | executed | retry |
|----------------|-------------------------------------------------------------|----------|-------|
| success        | the whole answer came                                       | yes      | no    |
| slow_success   | it came, later than its class of calls may take             | yes      | no    |
| unreachable    | no connection; not a byte of the request was sent           | no       | yes   |
| provider_fault | 5xx, a lost connection, half an answer, or not the protocol | maybe    | yes   |
| timeout        | no first token, no next one, or no end within its limits    | maybe    | yes   |
| throttled      | too many requests, or the provider is overloaded            | no       | yes   |
| auth_fault     | the key is missing, wrong, revoked, or its quota is spent   | no       | no    |
| caller_fault   | the request is at fault: unknown model, bad field, too long | no       | no    |
| blocked        | a rule of ours forbids the call                             | no       | no    |
| canceled       | we ended it: cancel, deadline, drain                        | maybe    | no    |
| rejected       | not made: a breaker is open, or no budget of calls is left  | no       | yes   |
| unknown        | a payment of which nobody knows whether it was made         | maybe    | no    |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Executed = Literal["yes", "no", "maybe"]
Verdict = Literal["ok", "fault", "throttle", "credential", "ignored"]


class Outcome(StrEnum):
    """How a call ended."""

    SUCCESS = "success"
    SLOW_SUCCESS = "slow_success"
    UNREACHABLE = "unreachable"
    PROVIDER_FAULT = "provider_fault"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    AUTH_FAULT = "auth_fault"
    CALLER_FAULT = "caller_fault"
    BLOCKED = "blocked"
    CANCELED = "canceled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What follows from an outcome.

    Args:
        verdict: what it says of the provider: that it works, that it is at fault, that it wants
            fewer calls, that one credential is no good, or nothing.
        executed: whether the provider did the work. `maybe` never becomes `no`.
        retryable: whether the same call may succeed later. Whether it may be made again also
            depends on `executed` and on what has been committed of its answer.
        slow: whether it also counts as slow.
    """

    verdict: Verdict
    executed: Executed
    retryable: bool = False
    slow: bool = False


MEANINGS: Mapping[Outcome, Meaning] = {
    Outcome.SUCCESS: Meaning("ok", "yes"),
    Outcome.SLOW_SUCCESS: Meaning("ok", "yes", slow=True),
    Outcome.UNREACHABLE: Meaning("fault", "no", retryable=True),
    Outcome.PROVIDER_FAULT: Meaning("fault", "maybe", retryable=True),
    Outcome.TIMEOUT: Meaning("fault", "maybe", retryable=True, slow=True),
    Outcome.THROTTLED: Meaning("throttle", "no", retryable=True),
    Outcome.AUTH_FAULT: Meaning("credential", "no"),
    Outcome.CALLER_FAULT: Meaning("ignored", "no"),
    Outcome.BLOCKED: Meaning("ignored", "no"),
    Outcome.CANCELED: Meaning("ignored", "maybe"),
    Outcome.REJECTED: Meaning("ignored", "no", retryable=True),
    Outcome.UNKNOWN: Meaning("fault", "maybe"),
}

#: What a call may end with that brought no answer.
FAILURES: tuple[Outcome, ...] = tuple(
    outcome for outcome, meaning in MEANINGS.items() if meaning.verdict != "ok"
)
