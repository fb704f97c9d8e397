"""The limits of each class of operations: when its breaker opens, and what counts as slow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.keys import Op

_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """Of one class.

    Args:
        slow_s: a call that has taken longer is slow; of a stream, its first token.
    """

    slow_s: float
    breaker: BreakerPolicy


def limits_of(general: BreakerPolicy) -> Mapping[Op, ClassLimits]:
    """The table: what settings say in general, and where a class differs."""
    paying = replace(general, volume=5, faults_in_a_row=min(3, general.faults_in_a_row))
    return {
        "chat": ClassLimits(10.0, general),
        "embed": ClassLimits(5.0, general),
        "pay": ClassLimits(20.0, paying),
        "lookup": ClassLimits(5.0, general),
        "fetch": ClassLimits(8.0, general),
        "secrets": ClassLimits(5.0, general),
        "blob": ClassLimits(5.0, general),
    }


def of_credential(general: BreakerPolicy) -> BreakerPolicy:
    """A credential's breaker opens after three refusals in a row, whatever their share."""
    return replace(general, faults_in_a_row=3, fault_rate=_NEVER, slow_rate=_NEVER)
