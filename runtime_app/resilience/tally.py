"""What a process has seen of a breaker since it last said so."""

from dataclasses import dataclass
from typing import Literal

Weight = Literal["ok", "fault", "nothing"]


@dataclass(slots=True)
class Tally:
    """Outcomes under one generation, summed up.

    Args:
        slow: of the calls, ok and fault alike, those over the slow limit of their class.
        fault_run: faults after the last ok.
        throttle_s: the longest that the provider has asked to be left alone; None if it has not.
    """

    generation: int
    ok: int = 0
    fault: int = 0
    slow: int = 0
    fault_run: int = 0
    throttle_s: float | None = None

    def add(self, weight: Weight, *, slow: bool = False, throttle_s: float | None = None) -> None:
        """Count one outcome."""
        if weight == "ok":
            self.ok += 1
            self.fault_run = 0
        elif weight == "fault":
            self.fault += 1
            self.fault_run += 1
        self.slow += slow
        if throttle_s is not None:
            self.throttle_s = max(self.throttle_s or 0.0, throttle_s)

    def put_back(self, earlier: "Tally") -> None:
        """Count again what could not be written; it came before what is here."""
        self.fault_run += 0 if self.ok else earlier.fault_run
        self.ok += earlier.ok
        self.fault += earlier.fault
        self.slow += earlier.slow
        if earlier.throttle_s is not None:
            self.throttle_s = max(self.throttle_s or 0.0, earlier.throttle_s)

    @property
    def calls(self) -> int:
        """How many outcomes are in it."""
        return self.ok + self.fault
