"""What happens by the clock: one row per periodic job, and nothing else decides time.

Every job finds its work in the rows, so a beat that is missed is made good by the next, and one
that comes twice finds nothing to do. A message that waits longer than `expires_s` is dropped.
"""

from dataclasses import dataclass

from runtime_app.dispatch.jobs import (
    Job,
    PruneNonces,
    RecoverRuns,
    RescueTools,
    SweepSlots,
    SweepWakeups,
)


@dataclass(frozen=True, slots=True)
class Beat:
    """One row: `job` every `every_s` seconds."""

    name: str
    job: type[Job]
    every_s: float

    @property
    def expires_s(self) -> float:
        """The age past which the message is not worth delivering."""
        return self.every_s


BEAT = (
    Beat("sweep-wakeups", SweepWakeups, 2),
    Beat("sweep-slots", SweepSlots, 2),
    Beat("recover-runs", RecoverRuns, 5),
    Beat("rescue-tools", RescueTools, 5),
    Beat("prune-nonces", PruneNonces, 60),
)
