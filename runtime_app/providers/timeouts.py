"""How long a model call may take, and for what.

`ProviderTimeouts` is the policy; `Patience` is where one call stands under it. Both are values:
the thread that waits asks `deadline()`, and says `connected` and `token` as they happen.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal, Self

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ProviderTimeouts:
    """The limits of a call, in seconds, all above zero.

    Args:
        connect_s: name lookup, TCP and TLS together.
        first_token_s: from the start of the call to the first token, connecting included.
        between_tokens_s: from one token to the next, or to the end of the answer.
        total_s: the whole call.
    """

    connect_s: float = 5.0
    first_token_s: float = 30.0
    between_tokens_s: float = 20.0
    total_s: float = 300.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value <= 0:
                raise ValueError(f"{item.name} must be above 0, found {value}")

    def within(self, within_s: float) -> Self:
        """The same, for a call that may take no longer than that in all."""
        if within_s >= self.total_s:
            return self
        return replace(self, total_s=max(within_s, 0.001))


DEFAULT_TIMEOUTS = ProviderTimeouts()


@dataclass(frozen=True, slots=True)
class Patience:
    """What a call waits for, and since when; times are monotonic seconds."""

    timeouts: ProviderTimeouts
    opened_at: float
    awaiting: Literal["connection", "first token", "next token"] = "connection"
    token_at: float = 0.0

    def connected(self) -> Self:
        """The request is on its way: the first token is next."""
        return replace(self, awaiting="first token") if self.awaiting == "connection" else self

    def token(self, now: float) -> Self:
        """Something of the answer arrived at `now`."""
        return replace(self, awaiting="next token", token_at=now)

    def ends_at(self) -> float:
        """When the call as a whole is over, whatever arrives."""
        return self.opened_at + self.timeouts.total_s

    def deadline(self) -> float:
        """When waiting for what comes next is over."""
        return min(self._phase_ends_at(), self.ends_at())

    def exhausted(self) -> ProviderError:
        """The error that says which limit was met."""
        if self.ends_at() <= self._phase_ends_at():
            return ProviderError(
                Outcome.TIMEOUT,
                f"expected the whole answer within total_s={self.timeouts.total_s:g}",
            )
        if self.awaiting == "connection":
            return ProviderError(
                Outcome.UNREACHABLE,
                f"expected a connection within connect_s={self.timeouts.connect_s:g}",
            )
        limit = (
            f"first_token_s={self.timeouts.first_token_s:g}"
            if self.awaiting == "first token"
            else f"between_tokens_s={self.timeouts.between_tokens_s:g}"
        )
        return ProviderError(Outcome.TIMEOUT, f"expected the {self.awaiting} within {limit}")

    def _phase_ends_at(self) -> float:
        match self.awaiting:
            case "connection":
                return self.opened_at + self.timeouts.connect_s
            case "first token":
                return self.opened_at + self.timeouts.first_token_s
            case "next token":
                return self.token_at + self.timeouts.between_tokens_s
