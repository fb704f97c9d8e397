"""What happens by the clock: one row per periodic job, and nothing else decides time.

A job runs once a *tick*: the moments that are whole multiples of its `every_s`, counted from 1970.
The message names the tick, and whoever claims that tick in the database does the job; so two beats,
or a message that comes twice or late, do no harm. Every job finds its work in the rows: a tick that
is missed is made good by the next.
"""

from dataclasses import dataclass

from runtime_app.dispatch.jobs import (
    AnchorEnded,
    AnchorRuns,
    CompactDays,
    CompactEvents,
    CompactHours,
    DeliverWebhooks,
    Job,
    PruneEvents,
    PruneNonces,
    PruneWebhooks,
    ReconcileProjections,
    RecoverRuns,
    RescueTools,
    SweepCanaries,
    SweepPredictions,
    SweepProjections,
    SweepSlots,
    SweepWakeups,
    VerifySample,
)

#: How far the clocks of beat, workers and database may be apart without a job standing still.
CLOCKS_APART_S = 60


@dataclass(frozen=True, slots=True)
class Beat:
    """One row: `job` every `every_s` seconds.

    Args:
        takes_s: the longest that the job may take; a worker that is not done by then counts as
            dead, and the next tick may go to another. Within the time limit of its queue.
    """

    name: str
    job: type[Job]
    every_s: int
    takes_s: int = 10

    @property
    def expires_s(self) -> int:
        """The age past which the message is not worth delivering.

        By the receiver's clock, so a short interval alone would be no allowance for two clocks.
        """
        return max(self.every_s, CLOCKS_APART_S)

    @property
    def ahead_s(self) -> int:
        """How far in the database's future a tick may lie; one beyond that is void."""
        return max(self.every_s, CLOCKS_APART_S)

    def tick_s(self, now_s: float) -> int:
        """The tick that `now_s` falls into; both in seconds since 1970."""
        return int(now_s // self.every_s) * self.every_s


BEAT = (
    Beat("sweep-wakeups", SweepWakeups, 2),
    Beat("sweep-slots", SweepSlots, 2),
    Beat("sweep-predictions", SweepPredictions, 5),
    Beat("sweep-canaries", SweepCanaries, 30),
    Beat("recover-runs", RecoverRuns, 5),
    Beat("rescue-tools", RescueTools, 5),
    Beat("prune-nonces", PruneNonces, 60),
    Beat("prune-events", PruneEvents, 10, takes_s=60),
    Beat("anchor-ended", AnchorEnded, 2, takes_s=50),
    Beat("deliver-webhooks", DeliverWebhooks, 2, takes_s=45),
    Beat("prune-webhooks", PruneWebhooks, 60, takes_s=30),
    Beat("anchor-runs", AnchorRuns, 300, takes_s=50),
    Beat("verify-sample", VerifySample, 3600, takes_s=50),
    Beat("compact-events", CompactEvents, 60, takes_s=50),
    Beat("compact-hours", CompactHours, 300, takes_s=50),
    Beat("compact-days", CompactDays, 3600, takes_s=50),
    Beat("sweep-projections", SweepProjections, 2, takes_s=50),
    Beat("reconcile-projections", ReconcileProjections, 300, takes_s=110),
)
