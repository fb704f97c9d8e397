"""Fetches, let out by the breaker of the origin that they ask, and counted by their outcomes.

An origin is a host. There are rows for at most 10,000 of them: those that come later share one
breaker, and one that nobody has asked for a day and that is closed is forgotten.
"""

import threading
from dataclasses import dataclass

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.resilience.account import Account
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.classes import limits_of
from runtime_app.resilience.keys import Keys
from runtime_app.resilience.passage import Doors, Passage, Patience

SQL = beside(__file__, "fetch_guard.sql")

PROVIDER = "http"
MOST_ORIGINS = 10_000
IDLE_S = 86_400.0
#: What a permit is kept for beyond the longest that its fetch may take.
_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class FetchGuard:
    """Lets the fetches of one process out.

    Args:
        most_origins: that have a breaker of their own.
    """

    db: Database
    breakers: Breakers
    policy: BreakerPolicy
    clock: Clock
    most_origins: int = MOST_ORIGINS

    def enter(self, host: str, within_s: float) -> "Fetch":
        """Ask to be let out.

        Args:
            within_s: the longest that it may take.

        Raises:
            ProviderError: rejected; the origin's breaker is open, and nobody waits for it.
        """
        row = self.db.one(SQL["key_of_origin"], host=host, most=self.most_origins)
        assert row is not None
        keys = Keys(PROVIDER, "fetch", row.key)
        doors = Doors(self.breakers, self.policy, self.clock)
        passage = Passage(doors, keys, Account(keys.shared, PROVIDER))
        began_s = self.clock.monotonic()
        try:
            passage.wait(Patience(within_s, 0.0), within_s + _GRACE_S, threading.Event())
        except ProviderError:
            self._tell(0.0, Outcome.REJECTED)
            raise
        return Fetch(self, passage, began_s)

    def _tell(self, took_s: float, outcome: Outcome) -> None:
        telemetry.emit(
            "provider.called", took_s, provider=PROVIDER, op="fetch", outcome=outcome.value
        )


@dataclass(frozen=True, slots=True)
class Fetch:
    """One that has been let out."""

    guard: FetchGuard
    passage: Passage
    began_s: float

    def leave(self, outcome: Outcome, retry_after_s: float | None = None) -> None:
        """Say how it ended.

        Effects: written at once; a process that fetches makes few calls, and ends when it likes.
        """
        guard = self.guard
        took_s = guard.clock.monotonic() - self.began_s
        if outcome is Outcome.SUCCESS and took_s > limits_of(guard.policy)["fetch"].slow_s:
            outcome = Outcome.SLOW_SUCCESS
        self.passage.account.retry_after_s = retry_after_s
        self.passage.settle(outcome, None)
        guard.breakers.flush()
        guard._tell(took_s, outcome)


def forget_idle(db: Database) -> int:
    """Forget the closed breakers of origins that nobody has asked for a day; how many."""
    return db.execute(SQL["forget_idle_origins"], idle_s=IDLE_S)
