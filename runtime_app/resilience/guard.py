"""Calls of models, let out by their breakers and counted by their outcomes.

`open` puts a stream between the caller and the provider's. Everything happens where that is read:
waiting for an admission, the call, and the word about its end, before the reader hears of it.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from runtime_app.clock import Clock
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.model_script import part_played
from runtime_app.providers.outcome import MEANINGS, Outcome
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
from runtime_app.resilience.classes import limits_of, of_credential
from runtime_app.resilience.fallbacks import NO_FALLBACK, Fallbacks
from runtime_app.resilience.keys import Keys, call_keys
from runtime_app.resilience.retry_budget import RetryBudget
from runtime_app.resilience.store import Admission, Refused, Seen
from runtime_app.resilience.tally import Weight

#: What a permit is kept for beyond the longest that its call may take.
GRACE_S = 5.0
#: How long a call waits for a provider that is about to be tried again.
REOPENING_S = 60.0
#: How long it waits for one that has asked to be left alone.
THROTTLED_S = 10.0
#: How often somebody who waits asks again.
ASK_EVERY_S = 1.0
_DEFAULT_THROTTLE_S = 1.0
_LONGEST_THROTTLE_S = 120.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which one call is made.

    Args:
        within_s: how long it may take in all, waiting included.
        wait_s: how long of that it may wait for a breaker that is open.
        retry: whether it has been made and has failed before.
    """

    within_s: float = inf
    wait_s: float = REOPENING_S
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets the model calls of one process out.

    Args:
        credentials: what each provider is shown; by provider, empty where it wants none.
        fallbacks: who is asked instead.
    """

    breakers: Breakers
    policy: BreakerPolicy
    credentials: Mapping[str, str]
    clock: Clock
    fallbacks: Fallbacks = NO_FALLBACK
    retries: RetryBudget = field(default_factory=RetryBudget)

    def open(
        self,
        provider: ModelProvider,
        request: ModelRequest,
        terms: Terms = Terms(),
    ) -> ModelStream:
        """As `provider.open`, with the breakers of that provider in between.

        A script that plays no part is nobody outside, and is not guarded.
        """
        keys = self._keys(provider, request.model)
        stream = provider.open(request)
        return stream if keys is None else GuardedStream(self, keys, stream, terms)

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

    def policy_of(self, keys: Keys, key: str) -> BreakerPolicy:
        """The limits of one of a call's keys."""
        if key == keys.of_credential:
            return of_credential(self.policy)
        return limits_of(self.policy)[keys.op].breaker


class GuardedStream:
    """One answer as it comes, if it may; a `ModelStream`.

    Attributes:
        account: what became of the call.
    """

    def __init__(self, guard: Guard, keys: Keys, inner: ModelStream, terms: Terms) -> None:
        self.account = Account(keys.shared, keys.provider)
        self._guard = guard
        self._keys = keys
        self._inner = inner
        self._terms = terms
        self._closed = threading.Event()
        self._read = False

    def __iter__(self) -> Iterator[StreamEvent]:
        if self._read:
            raise RuntimeError("a model stream is read once; open another")
        self._read = True
        return self._events()

    def close(self) -> None:
        self._closed.set()
        self._inner.close()

    def _events(self) -> Iterator[StreamEvent]:
        clock, account = self._guard.clock, self.account
        began_s = clock.monotonic()
        longest_s = min(self._terms.within_s, DEFAULT_TIMEOUTS.total_s)
        account.deadline_ms = round(longest_s * 1000)
        outcome, token_s = Outcome.CANCELED, inf
        held: tuple[Admission, ...] = ()
        try:
            self._spend_a_retry(began_s)
            held = self._let_out(began_s, longest_s + GRACE_S)
            sent_s = clock.monotonic()
            account.wait_ms = round((sent_s - began_s) * 1000)
            for event in self._inner if held else ():
                if token_s == inf and not isinstance(event, Usage):
                    token_s = clock.monotonic() - sent_s
                    self._tell("provider.first_token", token_s)
                if isinstance(event, Done):
                    outcome = self._success(token_s)
                yield event
            if outcome is Outcome.CANCELED and not self._closed.is_set():
                outcome = Outcome.PROVIDER_FAULT  # the end of half an answer
        except ProviderError as error:
            outcome, account.retry_after_s = error.outcome, error.retry_after_s
            raise
        except Exception:
            outcome = Outcome.PROVIDER_FAULT if held else Outcome.REJECTED
            raise
        finally:
            account.outcome = outcome
            took_s = clock.monotonic() - began_s
            account.took_ms = round(took_s * 1000)
            self._settle(held, outcome)
            self._tell("provider.called", took_s, outcome=outcome.value)

    def _spend_a_retry(self, now_s: float) -> None:
        """Raises: ProviderError; rejected, there are too many retries of this provider already."""
        provider = self._keys.provider
        if self._guard.retries.take(provider, now_s, retry=self._terms.retry):
            return
        telemetry.emit("retry.refused", provider=provider)
        raise ProviderError(
            Outcome.REJECTED,
            f"expected retries of {provider} to be a tenth of its calls, found more",
        )

    def _success(self, token_s: float) -> Outcome:
        slow_s = limits_of(self._guard.policy)[self._keys.op].slow_s
        return Outcome.SLOW_SUCCESS if token_s > slow_s else Outcome.SUCCESS

    def _let_out(self, began_s: float, ttl_s: float) -> tuple[Admission, ...]:
        """The admissions of all keys; none when the stream was closed meanwhile.

        Raises:
            ProviderError: rejected; a breaker stays open for longer than there is to wait.
        """
        patience_s = min(self._terms.wait_s, self._terms.within_s)
        while True:
            try:
                return self._ask(ttl_s)
            except Refused as refused:
                longest_s = min(patience_s, THROTTLED_S) if refused.throttled else patience_s
                left_s = began_s + longest_s - self._guard.clock.monotonic()
                if refused.wait_s > left_s:
                    self.account.state, self.account.generation = refused.state, refused.generation
                    raise ProviderError(
                        Outcome.REJECTED,
                        f"expected the breaker {refused.key} to let the call out, found it "
                        f"{refused.why}; ask again in {refused.wait_s:.0f} s",
                        retry_after_s=round(refused.wait_s, 3),
                    ) from refused
                pause_s = min(refused.wait_s, ASK_EVERY_S)
                if self._closed.wait(pause_s):
                    return ()
                if refused.throttled:
                    self.account.rate_wait_ms += round(pause_s * 1000)

    def _ask(self, ttl_s: float) -> tuple[Admission, ...]:
        guard, account = self._guard, self.account
        held: list[Admission] = []
        try:
            for key in self._keys.all:
                admission, change = guard.breakers.admit(
                    key, ttl_s, guard.policy_of(self._keys, key)
                )
                held.append(admission)
                account.changes += [change] if change else []
        except BaseException:
            for admission in held:
                guard.breakers.settle(admission, "nothing")
            raise
        shared = held[0]
        account.state, account.generation = shared.state, shared.generation
        account.probe = any(admission.permit is not None for admission in held)
        return tuple(held)

    def _settle(self, held: tuple[Admission, ...], outcome: Outcome) -> None:
        meaning = MEANINGS[outcome]
        for admission in held:
            weight: Weight = "nothing"
            throttle_s: float | None = None
            slow = False
            if admission.key == self._keys.of_credential:
                weight = {"ok": "ok", "credential": "fault"}.get(meaning.verdict, "nothing")  # type: ignore[assignment]
            else:
                weight = {"ok": "ok", "fault": "fault"}.get(meaning.verdict, "nothing")  # type: ignore[assignment]
                slow = meaning.slow
                if meaning.verdict == "throttle":
                    asked_s = self.account.retry_after_s or _DEFAULT_THROTTLE_S
                    throttle_s = min(asked_s, _LONGEST_THROTTLE_S)
            change = self._guard.breakers.settle(
                admission, weight, slow=slow, throttle_s=throttle_s
            )
            if change is not None:
                self.account.changes.append(change)

    def _tell(self, name: str, value: float, **more: str) -> None:
        telemetry.emit(name, value, provider=self._keys.provider, op=self._keys.op, **more)


def account_of(stream: ModelStream) -> Account | None:
    """What became of the call behind a stream; None of one that is not guarded."""
    return stream.account if isinstance(stream, GuardedStream) else None
