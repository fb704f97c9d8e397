"""When and by which release a decision is made."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a model call may be made instead.

    Args:
        model: the target, a model id.
        left_state, left_generation: of the breaker of the provider that is left.
    """

    model: str
    left_state: str
    left_generation: int


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which release a decision is made.

    Args:
        hop: where the call that has just failed may be made instead, if anywhere.
    """

    now: datetime
    code_version: str
    hop: Hop | None = None
