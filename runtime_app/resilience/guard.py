"""Calls of models, let out by their breakers and counted by their outcomes.

`open` puts a stream between the caller and the provider's. Everything happens where that is read:
the wait for budget and admission, the call, and the word about its end, before its reader hears it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from runtime_app.clock import Clock
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.model_script import part_played
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.prompt_budget import request_tokens
from runtime_app.providers.provider import (
    Done,
    ModelProvider,
    ModelRequest,
    ModelStream,
    StreamEvent,
    Usage,
)
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS
from runtime_app.resilience.account import Account
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.bulkhead import Bulkhead
from runtime_app.resilience.classes import limits_of
from runtime_app.resilience.fallbacks import NO_FALLBACK, Fallbacks
from runtime_app.resilience.keys import Keys, call_keys
from runtime_app.resilience.passage import Doors, Passage, Patience
from runtime_app.resilience.rate_budgets import RateBudgets
from runtime_app.resilience.rate_limits import UNLIMITED, RateTable
from runtime_app.resilience.retry_budget import RetryBudget
from runtime_app.resilience.store import Seen

#: What a permit is kept for beyond the longest that its call may take.
GRACE_S = 5.0
#: How long a call waits for a provider that is about to be tried again.
REOPENING_S = 60.0
#: Calls of one provider at once, of a process that has 32 threads.
USUAL_PLACES = 16
#: What an answer is believed to cost where its request sets no bound.
USUAL_ANSWER_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which one call is made.

    Args:
        within_s: how long it may take in all, waiting included.
        wait_s: how long of that it may wait for a breaker that is open.
        retry: whether it has been made and has failed before.
        run_id: whose it is.
    """

    within_s: float = inf
    wait_s: float = REOPENING_S
    retry: bool = False
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets the model calls of one process out.

    Args:
        credentials: what each provider is shown; by provider, empty where it wants none.
        fallbacks: who is asked instead.
        rates: how much of each provider all processes together may use; `budgets` keeps to it.
        bulkhead: how many calls of one this process makes at once; its callers keep to it.
    """

    breakers: Breakers
    policy: BreakerPolicy
    credentials: Mapping[str, str]
    clock: Clock
    fallbacks: Fallbacks = NO_FALLBACK
    rates: RateTable = UNLIMITED
    budgets: RateBudgets | None = None
    bulkhead: Bulkhead = field(default_factory=lambda: Bulkhead(USUAL_PLACES))
    retries: RetryBudget = field(default_factory=RetryBudget)

    def open(
        self,
        provider: ModelProvider,
        request: ModelRequest,
        terms: Terms = Terms(),
    ) -> ModelStream:
        """As `provider.open`, with the budget and the breakers of that provider in between.

        A script that plays no part is nobody outside, and is not guarded.
        """
        keys = self._keys(provider, request.model)
        if keys is None:
            return provider.open(replace(request, within_s=terms.within_s))
        doors = Doors(self.breakers, self.policy, self.clock, self.budgets)
        passage = Passage(doors, keys, Account(keys.shared, keys.provider), run_id=terms.run_id)
        passage.limits = self.rates.of(keys.provider)
        if passage.limits is not None:
            answer_tokens = request.max_output_tokens or USUAL_ANSWER_TOKENS
            passage.tokens = request_tokens(request) + answer_tokens

        def begin(within_s: float) -> ModelStream:
            return provider.open(replace(request, within_s=within_s))

        return GuardedStream(self, passage, begin, terms)

    def counted_as(self, provider: ModelProvider, model: str) -> str | None:
        """The name under which the calls of a model are counted; None: it is nobody outside."""
        keys = self._keys(provider, model)
        return None if keys is None else keys.provider

    def seen(self, provider: ModelProvider, model: str) -> Seen | None:
        """The breaker of a model's provider, at a glance; None where there is none yet."""
        keys = self._keys(provider, model)
        return None if keys is None else self.breakers.peek(keys.shared)

    def would_let_out(self, provider: ModelProvider, model: str) -> bool:
        """Whether all of a call's breakers look as if they let it out now."""
        keys = self._keys(provider, model)
        seen = [] if keys is None else [self.breakers.peek(key) for key in keys.all]
        return all(each is None or each.lets_out for each in seen)

    def _keys(self, provider: ModelProvider, model: str) -> Keys | None:
        name = provider.name
        if name == "scripted":
            part = part_played(model)
            if not part:
                return None
            name = f"{name}.{part}"
        return call_keys(name, "chat", self.credentials.get(provider.name, ""))


class GuardedStream:
    """One answer as it comes, if it may; a `ModelStream`.

    Args:
        begin: opens the provider's stream, for a call that may take so many seconds.

    Attributes:
        account: what became of the call.
    """

    def __init__(
        self,
        guard: Guard,
        passage: Passage,
        begin: Callable[[float], ModelStream],
        terms: Terms,
    ) -> None:
        self.account = passage.account
        self._guard = guard
        self._passage = passage
        self._begin = begin
        self._terms = terms
        self._inner: ModelStream | None = None
        self._closed = threading.Event()
        self._read = False

    def __iter__(self) -> Iterator[StreamEvent]:
        if self._read:
            raise RuntimeError("a model stream is read once; open another")
        self._read = True
        return self._events()

    def close(self) -> None:
        self._closed.set()
        if self._inner is not None:
            self._inner.close()

    def _events(self) -> Iterator[StreamEvent]:
        clock, account, passage = self._guard.clock, self.account, self._passage
        began_s = clock.monotonic()
        within_s = min(self._terms.within_s, DEFAULT_TIMEOUTS.total_s)
        account.deadline_ms = round(within_s * 1000)
        outcome, token_s = Outcome.CANCELED, inf
        used_tokens: int | None = None
        try:
            self._spend_a_retry(began_s)
            patience = Patience(within_s, self._terms.wait_s)
            let_out = passage.wait(patience, within_s + GRACE_S, self._closed)
            sent_s = clock.monotonic()
            account.wait_ms = round((sent_s - began_s) * 1000)
            for event in self._sent(began_s + within_s - sent_s) if let_out else ():
                if isinstance(event, Usage):
                    used_tokens = event.input_tokens + event.output_tokens
                elif token_s == inf:
                    token_s = clock.monotonic() - sent_s
                    self._tell("provider.first_token", token_s)
                if isinstance(event, Done):
                    outcome = self._success(token_s)
                yield event
            if outcome is Outcome.CANCELED and not self._closed.is_set():
                outcome = Outcome.PROVIDER_FAULT  # the end of half an answer
        except ProviderError as error:
            outcome, account.retry_after_s = error.outcome, error.retry_after_s
            if self._is_ours(error, clock.monotonic() - began_s):
                outcome = Outcome.CANCELED
                raise ProviderError(
                    outcome,
                    f"the {within_s:.0f} s are over that the run had left for this call",
                    reason_code="provider_failed.deadline",
                ) from error
            raise
        except Exception:
            outcome = Outcome.PROVIDER_FAULT if passage.held else Outcome.REJECTED
            raise
        finally:
            account.outcome = outcome
            took_s = clock.monotonic() - began_s
            account.took_ms = round(took_s * 1000)
            passage.settle(outcome, used_tokens)
            self._tell("provider.called", took_s, outcome=outcome.value)

    def _sent(self, within_s: float) -> Iterator[StreamEvent]:
        """The provider's stream; closed already where `close` came first."""
        self._inner = self._begin(within_s)
        if self._closed.is_set():
            self._inner.close()
        return iter(self._inner)

    def _is_ours(self, error: ProviderError, took_s: float) -> bool:
        """Whether it is our own deadline that has ended the call, and not a limit of its class."""
        ours_s = self._terms.within_s
        less = ours_s < DEFAULT_TIMEOUTS.total_s
        return error.outcome is Outcome.TIMEOUT and less and took_s >= ours_s

    def _spend_a_retry(self, now_s: float) -> None:
        """Raises: ProviderError; rejected, there are too many retries of this provider already."""
        provider = self._passage.keys.provider
        if self._guard.retries.take(provider, now_s, retry=self._terms.retry):
            return
        telemetry.emit("retry.refused", provider=provider)
        raise ProviderError(
            Outcome.REJECTED,
            f"expected retries of {provider} to be a tenth of its calls, found more",
            reason_code="provider_failed.retry_budget",
        )

    def _success(self, token_s: float) -> Outcome:
        slow_s = limits_of(self._guard.policy)[self._passage.keys.op].slow_s
        return Outcome.SLOW_SUCCESS if token_s > slow_s else Outcome.SUCCESS

    def _tell(self, name: str, value: float, **more: str) -> None:
        keys = self._passage.keys
        telemetry.emit(name, value, provider=keys.provider, op=keys.op, **more)


def account_of(stream: ModelStream) -> Account | None:
    """What became of the call behind a stream; None of one that is not guarded."""
    return stream.account if isinstance(stream, GuardedStream) else None
