"""The model calls of one prediction: each within its limits, written into the trace."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from runtime_app.clock import Clock
from runtime_app.ds.hashing import tagged_hash
from runtime_app.ds.shapes import Schema
from runtime_app.ds.signature import Budget
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.prompt_budget import request_tokens
from runtime_app.providers.provider import Done, Message, ModelRequest, TextDelta, Usage
from runtime_app.providers.response_schema import ResponseSchema
from runtime_app.providers.router import Providers
from runtime_app.resilience.guard import Guard, Terms, account_of

_CLASSES: Mapping[Outcome, str] = {
    Outcome.TIMEOUT: "provider_timeout",
    Outcome.UNREACHABLE: "provider_unavailable",
    Outcome.REJECTED: "provider_unavailable",
    Outcome.THROTTLED: "provider_unavailable",
}


class Stopped(Exception):
    """The prediction ends without an output, for this reason."""

    def __init__(self, error_class: str, message: str) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.message = message


@dataclass(frozen=True, slots=True)
class Models:
    """Who answers: the providers of this process, behind their guard."""

    providers: Providers
    guard: Guard
    clock: Clock
    default_model: str


@dataclass(slots=True)
class Asking:
    """Of one prediction, by one thread.

    Args:
        ends_s: when its time is over, by the monotonic clock.
        calls: the trace of each call, in order.
    """

    models: Models
    model: str
    budget: Budget
    max_output_tokens: int
    ends_s: float
    calls: list[dict[str, Any]] = field(default_factory=list)
    counters: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("lm_calls", "repair_calls", "iterations", "input_tokens", "output_tokens"), 0
        )
    )
    breaker_state: str | None = None

    @property
    def used_tokens(self) -> int:
        return self.counters["input_tokens"] + self.counters["output_tokens"]

    def fits(self, messages: Sequence[Message], times: int = 1) -> bool:
        """Whether so many more calls like this one are within the limits."""
        calls = self.counters["lm_calls"] - self.counters["repair_calls"] + times
        tokens = self.used_tokens + times * self.estimate(messages)
        left = self.models.clock.monotonic() < self.ends_s
        return calls <= self.budget.calls and tokens <= self.budget.tokens and left

    def estimate(self, messages: Sequence[Message]) -> int:
        """The tokens of a call, its answer included."""
        return request_tokens(ModelRequest("", tuple(messages))) + self.max_output_tokens

    def ask(self, messages: Sequence[Message], schema: Schema, *, repair: bool = False) -> str:
        """The model's answer.

        Raises:
            Stopped: a limit is reached, or the call failed.
        """
        left_s = self.ends_s - self.models.clock.monotonic()
        if left_s <= 0:
            raise Stopped("budget_exhausted", "the time of the prediction is over")
        if self.used_tokens + self.estimate(messages) > self.budget.tokens:
            raise Stopped(
                "budget_exhausted",
                f"the call needs about {self.estimate(messages)} tokens; of {self.budget.tokens} "
                f"are {self.used_tokens} used",
            )
        self.counters["lm_calls"] += 1
        self.counters["repair_calls"] += repair
        shown = [{"role": each.role, "text": each.text} for each in messages]
        call: dict[str, Any] = {
            "request_hash": tagged_hash("request", shown),
            "messages": shown,
            "repair": repair,
        }
        self.calls.append(call)
        try:
            provider, name = self.models.providers.resolve(self.model)
            request = ModelRequest(
                name,
                tuple(messages),
                max_output_tokens=self.max_output_tokens,
                response_schema=ResponseSchema("output", schema),
            )
            stream = self.models.guard.open(provider, request, Terms(within_s=left_s))
            text = "".join(self._pieces(stream, call))
        except ProviderError as error:
            call["failure"] = {"kind": error.outcome.value, "message": error.message}
            ours = error.reason_code == "provider_failed.deadline"
            found = "provider_timeout" if ours else _CLASSES.get(error.outcome, "provider_error")
            raise Stopped(found, error.message) from error
        account = account_of(stream)
        self.breaker_state = None if account is None else account.state
        call["output"] = text
        return text

    def _pieces(self, stream: Any, call: dict[str, Any]) -> Any:
        whole = False
        for event in stream:
            match event:
                case TextDelta(text):
                    yield text
                case Usage():
                    call["usage"] = asdict(event)
                    self.counters["input_tokens"] += event.input_tokens
                    self.counters["output_tokens"] += event.output_tokens
                case Done(reason):
                    call["finish_reason"], whole = reason, True
        if not whole:
            raise ProviderError(Outcome.PROVIDER_FAULT, "the answer ended before it was whole")
