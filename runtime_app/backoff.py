"""Exponential backoff as arithmetic; randomness comes in as an argument."""

from random import Random


def exponential_s(attempt: int, *, base_s: float, cap_s: float) -> float:
    """Seconds to wait before try `attempt` (0 is the first retry).

    >>> [exponential_s(n, base_s=0.5, cap_s=5) for n in range(5)]
    [0.5, 1.0, 2.0, 4.0, 5]
    """
    return min(cap_s, base_s * 2 ** min(attempt, 60))


def jittered_s(wait_s: float, rng: Random, *, spread: float = 0.2) -> float:
    """`wait_s` moved by at most ± `spread` of itself, so that crowds do not march in step."""
    return wait_s * (1 + rng.uniform(-spread, spread))
