"""What this process may still ask of each provider in a minute that all processes share.

The budget is a row (`runtime.provider_rate_budgets`); who takes of it makes one statement. A
process that asks much takes a second's worth in advance, at most a tenth of the budget, so that it
makes a few statements a second; what it has not used by then it gives back. Calls whose tokens were
guessed wrong are put right the same way.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unavailable
from runtime_app.resilience.rate_limits import RateLimits

_log = logging.getLogger(__name__)
SQL = beside(__file__, "rate_budgets.sql")

#: What a process takes in advance: what it has used in so long, at most a tenth of the budget.
AHEAD_S = 1.0
SHARE_AHEAD = 0.1


def budgets(db: Database, limit: int = 1000) -> list[Any]:
    """All budgets as they are now, by key: capacities, levels, `throttled_until`, who waits."""
    return db.all(SQL["list_budgets"], limit=limit)


class RateBudgets:
    """The budgets as one process has them; safe to share between threads.

    `start` begins to give back what is left over; without it that waits for the next call.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._stocks: dict[str, _Stock] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_giving, name="rate-budgets", daemon=True)

    def start(self) -> None:
        """Give back once a second what nobody has used."""
        self._thread.start()

    def stop(self) -> None:
        """Give back all that is left, and end."""
        self._stopping.set()
        self._thread.join()
        self.flush(older_s=0.0)

    def take(
        self, key: str, limits: RateLimits, run_id: str, tokens: int, patience_s: float
    ) -> float | None:
        """Take the budget of one call: None when it was there, else the seconds until to ask again.

        Args:
            run_id: whose call it is. Where owners wait, they are served in turn.
            tokens: an estimate of what it will cost, both directions.
            patience_s: for how long the caller would wait; one who would not is nobody who waits.

        Raises:
            Unavailable: nobody can say.
        """
        stock = self._stocks.get(key) or self._stocks.setdefault(key, _Stock(limits))
        with stock.lock:
            now_s = self._clock.monotonic()
            if now_s - stock.asked_s <= AHEAD_S and stock.has(tokens):
                stock.spend(now_s, tokens)
                return None
            more_requests, more_tokens = stock.worth(now_s)
            row = self._db.one(
                SQL["take_rate_budget"],
                key=key,
                run_id=run_id,
                limits=limits.as_row(),
                tokens=tokens,
                more_requests=more_requests,
                more_tokens=more_tokens,
                back_requests=stock.requests,
                back_tokens=stock.tokens,
                patience_s=patience_s,
            )
            assert row is not None
            if row.wait_s is not None:
                return float(row.wait_s)
            stock.asked_s = now_s
            stock.requests = 1.0 + (more_requests if row.ahead else 0)
            stock.tokens = tokens + (more_tokens if row.ahead else 0)
            stock.spend(now_s, tokens)
            return None

    def give_back(self, key: str, requests: int, tokens: int) -> None:
        """What a call has not used after all; below 0, what it has used beyond its estimate."""
        stock = self._stocks[key]
        with stock.lock:
            stock.requests += requests
            stock.tokens += tokens

    def throttle(self, key: str, wait_s: float) -> None:
        """Let no process call the provider for so long: it has asked for that."""
        try:
            self._db.execute(SQL["throttle_budget"], key=key, wait_s=wait_s)
        except Unavailable as error:
            _log.warning("that %s is throttled is not told: %s", key, error)

    def flush(self, older_s: float = AHEAD_S) -> None:
        """Give back what was taken in advance longer ago than that, and put right what is owed."""
        for key, stock in tuple(self._stocks.items()):
            with stock.lock:
                if self._clock.monotonic() - stock.asked_s <= older_s or stock.even:
                    continue
                try:
                    self._db.execute(
                        SQL["give_back_budget"],
                        key=key,
                        limits=stock.limits.as_row(),
                        requests=stock.requests,
                        tokens=stock.tokens,
                    )
                except Unavailable as error:
                    _log.warning("what is left of %s is kept for later: %s", key, error)
                    continue
                stock.requests = stock.tokens = 0.0

    def _keep_giving(self) -> None:
        while not self._stopping.wait(AHEAD_S):
            self.flush()


@dataclass(slots=True)
class _Stock:
    """What the process has of one budget: taken and not used, or below 0, used and not taken."""

    limits: RateLimits
    requests: float = 0.0
    tokens: float = 0.0
    asked_s: float = float("-inf")
    used: deque[tuple[float, int]] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def even(self) -> bool:
        return self.requests == 0.0 and self.tokens == 0.0

    def has(self, tokens: int) -> bool:
        """Whether one call fits in; without a bound there is always enough."""
        limits = self.limits
        return (limits.requests_per_min is None or self.requests >= 1) and (
            limits.tokens_per_min is None or self.tokens >= tokens
        )

    def spend(self, now_s: float, tokens: int) -> None:
        self.requests -= 1
        self.tokens -= tokens
        self.used.append((now_s, tokens))

    def worth(self, now_s: float) -> tuple[int, int]:
        """Requests and tokens of the last second, at most a tenth of the budget."""
        while self.used and self.used[0][0] <= now_s - AHEAD_S:
            self.used.popleft()
        spent = len(self.used), sum(tokens for _, tokens in self.used)
        limits = self.limits.requests_per_min, self.limits.tokens_per_min
        requests, tokens = (
            0 if limit is None else min(used, int(limit * SHARE_AHEAD))
            for used, limit in zip(spent, limits, strict=True)
        )
        return requests, tokens
