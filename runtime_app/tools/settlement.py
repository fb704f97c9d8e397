"""What a tool that can move money promises, so that a call of it never pays twice.

It is a property of the tool, checked when its worker starts; a call cannot choose any of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

#: The smallest parts that amounts are counted in; units are never converted.
UNITS = ("msat", "usd_micros")
DEDUPE_RECONCILE_REQUIRED = "dedupe_reconcile_required"
SAFE_RETRY = "safe_retry"
RETRY_CLASSES = (DEDUPE_RECONCILE_REQUIRED, SAFE_RETRY)


@dataclass(frozen=True, slots=True)
class Settled:
    """The provider has paid.

    Args:
        actual: what it cost, fee included, in the tool's unit.
        correlation_id: the provider's id of this payment; two payments never have the same.
        proof: what shows it, as JSON; no secret.
    """

    actual: int
    correlation_id: str
    fee: int = 0
    proof: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """The provider has not paid, and never will for this key."""

    proof: Mapping[str, Any] = field(default_factory=dict)


class Unproven(Enum):
    """A provider's answer that proves nothing yet."""

    PENDING = "pending"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


#: What became of a key: (the key, the reference that was recorded before paying or None).
Lookup = Callable[[str, str | None], Settled | NotExecuted | Unproven]


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a tool pays, and how one learns whether it did.

    Args:
        adapter: who is paid by: correlation ids are unique within it.
        unit: one of `UNITS`.
        bound: the most that a call with these arguments can cost, fee included; None where nobody
            can say.
        lookup: asks the provider what became of a key; it moves nothing.
        retry_class: `dedupe_reconcile_required`: sent again only when a lookup has proved that
            nothing happened. `safe_retry`: the provider takes a key that it has seen for the same
            payment.
        not_found_final_after_s: since the last send; before that a slow request may still land,
            and a key that is not found proves nothing.
        key_retention_s: for so long the provider knows a key.
    """

    adapter: str
    unit: str
    bound: Callable[[Mapping[str, Any]], int | None]
    lookup: Lookup
    key_retention_s: float
    not_found_final_after_s: float = 120
    retry_class: str = DEDUPE_RECONCILE_REQUIRED

    def problem(self) -> str | None:
        """Why no payment can be kept account of with this; None when it can."""
        if not self.adapter:
            return "its settlement names no adapter"
        if self.unit not in UNITS:
            return f"the unit of its settlement is one of {', '.join(UNITS)}, not {self.unit!r}"
        if not callable(self.bound):
            return "its settlement has no bound: what a call can cost at most"
        if not callable(self.lookup):
            return "its settlement has no lookup: how to learn whether a call has paid"
        if self.retry_class not in RETRY_CLASSES:
            known = ", ".join(RETRY_CLASSES)
            return f"the retry_class of its settlement is one of {known}, not {self.retry_class!r}"
        if not 0 < self.not_found_final_after_s < self.key_retention_s:
            return "its settlement needs 0 < not_found_final_after_s < key_retention_s"
        return None
