"""One call's way out: the budget and the admissions that it waits for, holds and gives back."""

import threading
from dataclasses import dataclass, field

from runtime_app.clock import Clock
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import MEANINGS, Outcome
from runtime_app.resilience.account import Account
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.classes import limits_of, of_credential
from runtime_app.resilience.keys import Keys
from runtime_app.resilience.rate_budgets import RateBudgets
from runtime_app.resilience.rate_limits import RateLimits
from runtime_app.resilience.store import Admission, Refused
from runtime_app.resilience.tally import Weight

#: How long a call waits for budget, or for a provider that has asked to be left alone.
BUDGET_S = 10.0
#: How often somebody who waits asks again.
ASK_EVERY_S = 1.0
_DEFAULT_THROTTLE_S = 1.0
_LONGEST_THROTTLE_S = 120.0


@dataclass(frozen=True, slots=True)
class Doors:
    """What the calls of a process go through; `budgets` only where some provider has limits."""

    breakers: Breakers
    policy: BreakerPolicy
    clock: Clock
    budgets: RateBudgets | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may wait before it is let out, in all and for a breaker that is open."""

    within_s: float
    open_s: float


@dataclass(slots=True)
class Passage:
    """Of one call; used by the thread that makes it.

    Args:
        limits: of the provider; None: as much as one likes, and nothing is asked.
        tokens: the estimate of what it will cost.
        held: the admissions, once it is let out.
    """

    doors: Doors
    keys: Keys
    account: Account
    limits: RateLimits | None = None
    tokens: int = 0
    run_id: str = ""
    held: tuple[Admission, ...] = ()
    paid: bool = field(default=False, init=False)

    def wait(self, patience: Patience, ttl_s: float, closed: threading.Event) -> bool:
        """Wait to be let out; False when `closed` was set meanwhile.

        Args:
            ttl_s: how long a probe keeps its permit, should nobody say how it ended.

        Raises:
            ProviderError: rejected; there is no budget, or a breaker stays open, for longer than
                there is to wait.
        """
        began_s = self.doors.clock.monotonic()
        while True:
            pause_s = self._pay(began_s, patience)
            if pause_s is None:
                try:
                    self.held = self._ask(ttl_s)
                except Refused as refused:
                    pause_s = self._refused(refused, began_s, patience)
                else:
                    self._tell_wait()
                    return True
            if closed.wait(min(pause_s, ASK_EVERY_S)):
                return False

    def settle(self, outcome: Outcome, used_tokens: int | None) -> None:
        """Say how the call ended, and what it has cost where that is known."""
        meaning = MEANINGS[outcome]
        throttle_s: float | None = None
        if meaning.verdict == "throttle":
            asked_s = self.account.retry_after_s or _DEFAULT_THROTTLE_S
            throttle_s = min(asked_s, _LONGEST_THROTTLE_S)
        for admission in self.held:
            of_credential = admission.key == self.keys.of_credential
            fault = "credential" if of_credential else "fault"
            weights: dict[str, Weight] = {"ok": "ok", fault: "fault"}
            change = self.doors.breakers.settle(
                admission,
                weights.get(meaning.verdict, "nothing"),
                slow=meaning.slow and not of_credential,
                throttle_s=None if of_credential else throttle_s,
            )
            if change is not None:
                self.account.changes.append(change)
        if self.paid:
            if not self.held or outcome is Outcome.UNREACHABLE:
                self._return(1, self.tokens)
            elif used_tokens is not None:
                self._return(0, self.tokens - used_tokens)
            elif meaning.executed == "no":
                self._return(0, self.tokens)
            if throttle_s is not None:
                self._budgets.throttle(self.keys.budget, throttle_s)

    def _pay(self, began_s: float, patience: Patience) -> float | None:
        """Take the budget, once; in how many seconds to ask again where there is none."""
        if self.limits is None or self.paid:
            return None
        longest_s = min(patience.within_s, BUDGET_S)
        left_s = began_s + longest_s - self.doors.clock.monotonic()
        wait_s = self._budgets.take(self.keys.budget, self.limits, self.run_id, self.tokens, left_s)
        self.paid = wait_s is None
        if wait_s is None:
            return None
        if wait_s > left_s:
            self._tell_wait()
            raise ProviderError(
                Outcome.REJECTED,
                f"expected budget of {self.keys.provider} within {longest_s:.0f} s, found that "
                f"what it takes in a minute is spent; ask again in {wait_s:.0f} s",
                retry_after_s=round(wait_s, 3),
                reason_code="provider_failed.rate_budget",
            )
        self.account.rate_wait_ms += round(min(wait_s, ASK_EVERY_S) * 1000)
        return wait_s

    def _ask(self, ttl_s: float) -> tuple[Admission, ...]:
        doors, account = self.doors, self.account
        held: list[Admission] = []
        try:
            for key in self.keys.all:
                admission, change = doors.breakers.admit(key, ttl_s, self._policy_of(key))
                held.append(admission)
                account.changes += [change] if change else []
        except BaseException:
            for admission in held:
                doors.breakers.settle(admission, "nothing")
            raise
        shared = held[0]
        account.state, account.generation = shared.state, shared.generation
        account.probe = any(admission.permit is not None for admission in held)
        return tuple(held)

    def _refused(self, refused: Refused, began_s: float, patience: Patience) -> float:
        """In how many seconds to ask again; until then the budget is others'."""
        if self.paid:
            self._return(1, self.tokens)
            self.paid = False
        longest_s = min(patience.open_s, patience.within_s)
        if refused.throttled:
            longest_s = min(longest_s, BUDGET_S)
        left_s = began_s + longest_s - self.doors.clock.monotonic()
        if refused.wait_s > left_s:
            self.account.state, self.account.generation = refused.state, refused.generation
            code = "throttled" if refused.throttled else "breaker_open"
            raise ProviderError(
                Outcome.REJECTED,
                f"expected the breaker {refused.key} to let the call out, found it "
                f"{refused.why}; ask again in {refused.wait_s:.0f} s",
                retry_after_s=round(refused.wait_s, 3),
                reason_code=f"provider_failed.{code}",
            ) from refused
        if refused.throttled:
            self.account.rate_wait_ms += round(min(refused.wait_s, ASK_EVERY_S) * 1000)
        return refused.wait_s

    def _policy_of(self, key: str) -> BreakerPolicy:
        if key == self.keys.of_credential:
            return of_credential(self.doors.policy)
        return limits_of(self.doors.policy)[self.keys.op].breaker

    def _return(self, requests: int, tokens: int) -> None:
        self._budgets.give_back(self.keys.budget, requests, tokens)

    @property
    def _budgets(self) -> RateBudgets:
        assert self.doors.budgets is not None, "limits come with budgets"
        return self.doors.budgets

    def _tell_wait(self) -> None:
        if self.limits is not None:
            telemetry.emit(
                "rate_budget.waited", self.account.rate_wait_ms / 1000, provider=self.keys.provider
            )
