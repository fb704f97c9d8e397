"""A breaker as a value: its states, what moves it, and by which limits.

`breaker_next` in the schema is the machine at work; its table of edges and this one are compared by
`tests/runtime_app/resilience/test_breaker.py`.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from runtime_app.clock import rfc3339
from runtime_app.state_machine import Machine

BREAKER = Machine(
    "breaker",
    "closed",
    {
        "closed": {"trip": "open", "reset": "closed", "force": "closed"},
        "open": {
            "admit_a_probe": "half_open",
            "trip": "open",
            "reset": "closed",
            "force": "open",
        },
        "half_open": {
            "probe_fails": "open",
            "probes_succeed": "closed",
            "trip": "open",
            "reset": "closed",
            "force": "half_open",
        },
    },
)

#: Which rule made a change, and what it says; the words of `rule` in rows and events.
RULES: Mapping[str, str] = {
    "faults_in_a_row": "so many faults without a success between them",
    "fault_rate": "too many of the calls in the window were faults",
    "slow_rate": "too many of the calls in the window were slow",
    "open_period_over": "the first call after the open period is let out as a probe",
    "probe_failed": "a probe met a fault",
    "probe_was_slow": "a probe succeeded, and was slow",
    "probes_succeeded": "three probes succeeded, none of them slow",
    "tripped": "an operator opened it",
    "reset": "an operator closed it",
    "forced": "an operator holds it open or closed for a while",
}


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long; the fields of `runtime.breaker_policy`, in order.

    Args:
        volume: calls in the window (60 s) from which on its rates count.
        fault_rate, slow_rate: shares of those calls, 0..1.
        faults_in_a_row: faults that open it whatever the volume.
        open_s: the first open period, times 0.8 to 1.2; each further one is twice as long.
        longest_open_s: where that ends.
        calm_s: after so long closed the next trip counts as the first.
        throttled_s: to be throttled for so long, without a success, is a fault.
    """

    volume: int = 20
    fault_rate: float = 0.5
    slow_rate: float = 0.8
    faults_in_a_row: int = 5
    open_s: float = 10.0
    longest_open_s: float = 300.0
    calm_s: float = 600.0
    throttled_s: float = 60.0

    def as_row(self) -> str:
        """The policy as Postgres reads a row."""
        return f"({','.join(str(value) for value in astuple(self))})"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One row, as it is shown.

    Args:
        ok, fault, slow: calls in the window.
        probes: permits that are taken.
    """

    key: str
    state: str
    generation: int
    rule: str | None
    ok: int
    fault: int
    slow: int
    consecutive_faults: int
    trips: int
    probes: int
    open_until: datetime | None
    throttled_until: datetime | None
    forced: str | None
    forced_until: datetime | None
    updated_at: datetime

    @property
    def throttled(self) -> bool:
        """Whether the provider had asked to be left alone, as of the row's last change."""
        return self.throttled_until is not None and self.throttled_until > self.updated_at


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker went from one state to another; `generation` is the new one."""

    key: str
    before: str
    after: str
    generation: int
    rule: str
    ok: int
    fault: int
    slow: int
    open_until: datetime | None

    @classmethod
    def into(cls, row: Breaker, before: str) -> "Change":
        """The change whose result is `row`."""
        return cls(
            row.key,
            before,
            row.state,
            row.generation,
            row.rule or "",
            row.ok,
            row.fault,
            row.slow,
            row.open_until,
        )

    def payload(self) -> dict[str, Any]:
        """As the event `provider.breaker_changed` has it."""
        told: dict[str, Any] = {
            "key": self.key,
            "from": self.before,
            "to": self.after,
            "generation": self.generation,
            "rule": self.rule,
            "window": {"ok": self.ok, "fault": self.fault, "slow": self.slow},
        }
        if self.open_until is not None:
            told["open_until"] = rfc3339(self.open_until)
        return told
