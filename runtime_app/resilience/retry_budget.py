"""How many of a provider's calls may be retries: enough for bad luck, too few for a storm."""

import threading
from collections import deque

WINDOW_S = 60.0
SHARE = 0.1
AT_LEAST = 5


class RetryBudget:
    """Of one process: a tenth of the last minute's calls, at least 5; by provider."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = {}
        self._retries: dict[str, deque[float]] = {}

    def take(self, provider: str, now_s: float, *, retry: bool) -> bool:
        """Count one call; False when it is a retry and there have been too many."""
        with self._lock:
            calls = _lately(self._calls.setdefault(provider, deque()), now_s)
            retries = _lately(self._retries.setdefault(provider, deque()), now_s)
            if retry and len(retries) >= max(AT_LEAST, SHARE * len(calls)):
                return False
            calls.append(now_s)
            if retry:
                retries.append(now_s)
            return True


def _lately(moments: deque[float], now_s: float) -> deque[float]:
    while moments and moments[0] <= now_s - WINDOW_S:
        moments.popleft()
    return moments
