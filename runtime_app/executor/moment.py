"""When and by which release a decision is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: Why a call that has failed is made nowhere else, though somebody stands in for its model.
NoHop = Literal["", "policy_denied.fallback_not_allowed", "provider_failed.fallback_exhausted"]


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
        no_hop: else why it may not, where somebody was to stand in.
    """

    now: datetime
    code_version: str
    hop: Hop | None = None
    no_hop: NoHop = ""
