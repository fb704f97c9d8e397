"""Whether a canary may have more of the calls, or has to lose them: pure, over what was seen.

Rates are compared by the bound of their difference, each with one success and one failure added, so
that a few receipts prove nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

STAGES = (1, 5, 25, 100)
#: How much worse a rate may be.
MARGIN = 0.03
#: How many times slower the slowest twentieth may be, and how much in any case.
SLOWER, SLACK_MS = 1.25, 50
IN_A_ROW = 5
#: Fewer receipts than these are proof of nothing.
LEAST = 20
STALLED_S = 7 * 86_400
_95, _99 = 1.645, 2.326


@dataclass(frozen=True, slots=True)
class Seen:
    """What one receipt says, newest first in a list of them."""

    status: str
    error_class: str | None
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`abort`, `advance`, `wait` or `stalled`, and why."""

    action: str
    reason: str


def judge(
    canary: Sequence[Seen],
    primary: Sequence[Seen],
    *,
    age_s: float,
    least: int,
    least_s: float,
) -> Verdict:
    """What the receipts of a stage say; both lists newest first.

    Args:
        age_s: since the stage began.
        least: how many receipts of the canary it takes; `least_s` for how long.
    """
    if any(each.error_class == "artifact_incompatible" for each in canary):
        return Verdict("abort", "its artifact is incompatible")
    newest = canary[:IN_A_ROW]
    if len(newest) == IN_A_ROW and all(map(_failed, newest)):
        return Verdict("abort", f"{IN_A_ROW} failures in a row")
    enough = len(canary) >= LEAST and len(primary) >= LEAST
    for name, rate in _RATES:
        if enough and _bound(canary, primary, rate, -_99) > MARGIN:
            return Verdict("abort", f"{name}: worse than the primary by more than {MARGIN:.0%}")
    limit_ms = _limit_ms(primary)
    if enough and _share_above(canary, limit_ms, -_99) > 0.05:
        return Verdict("abort", f"slower: more than 5% take over {limit_ms:.0f} ms")
    waiting = _waits(canary, primary, age_s, least, least_s)
    if waiting is not None:
        return Verdict("stalled" if age_s > STALLED_S else "wait", waiting)
    return Verdict("advance", "all gates hold")


def next_stage(percent: int) -> int | None:
    """The percent after this one; None after the last."""
    return next((stage for stage in STAGES if stage > percent), None)


def _waits(
    canary: Sequence[Seen], primary: Sequence[Seen], age_s: float, least: int, least_s: float
) -> str | None:
    if len(canary) < least or age_s < least_s:
        return f"{len(canary)} of {least} receipts, {age_s:.0f} of {least_s:.0f} s"
    if not primary:
        return "no receipts of the primary to compare with"
    for name, rate in _RATES:
        if _bound(canary, primary, rate, _95) > MARGIN:
            return f"{name}: may be worse than the primary by more than {MARGIN:.0%}"
    if _p95(canary) > _limit_ms(primary):
        return f"slower: a twentieth takes over {_limit_ms(primary):.0f} ms"
    return None


def _failed(seen: Seen) -> bool:
    return seen.status != "succeeded"


def _invalid(seen: Seen) -> bool:
    return seen.error_class == "output_invalid"


_RATES: tuple[tuple[str, Callable[[Seen], bool]], ...] = (
    ("failures", _failed),
    ("invalid outputs", _invalid),
)


def _bound(
    canary: Sequence[Seen], primary: Sequence[Seen], rate: Callable[[Seen], bool], z: float
) -> float:
    """A bound of how much higher the canary's rate is: upper where `z` is positive."""
    (p, n), (q, m) = _rate(canary, rate), _rate(primary, rate)
    return p - q + z * sqrt(p * (1 - p) / n + q * (1 - q) / m)


def _rate(seen: Sequence[Seen], rate: Callable[[Seen], bool]) -> tuple[float, int]:
    n = len(seen) + 2
    return (sum(map(rate, seen)) + 1) / n, n


def _share_above(seen: Sequence[Seen], limit_ms: float, z: float) -> float:
    p, n = _rate(seen, lambda each: each.latency_ms > limit_ms)
    return p + z * sqrt(p * (1 - p) / n)


def _p95(seen: Sequence[Seen]) -> float:
    ordered = sorted(each.latency_ms for each in seen)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def _limit_ms(primary: Sequence[Seen]) -> float:
    return max(SLOWER * _p95(primary), _p95(primary) + SLACK_MS) if primary else 0.0
