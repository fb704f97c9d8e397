"""The vocabulary of work: what the core may ask for. Ids only; a job carries no truth.

A job's `kind` is the name of the Celery task that does it; `queue` is where that task is consumed.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Job:
    """A request for work that may be lost, doubled or late."""

    kind: ClassVar[str] = ""
    queue: ClassVar[str] = ""

    def args(self) -> tuple[str, ...]:
        """The ids, in the order of the task's parameters."""
        return astuple(self)

    @classmethod
    def for_event(cls, run_id: str, payload: Mapping[str, Any]) -> Self | None:
        """The job that an event of this run asks for; None where this one asks for none."""
        raise TypeError(f"no event asks for {cls.kind}")


@dataclass(frozen=True, slots=True)
class StepRun(Job):
    """Take the run forward until it parks."""

    kind: ClassVar[str] = "runs.step"
    queue: ClassVar[str] = "runs"
    run_id: str

    @classmethod
    def for_event(cls, run_id: str, payload: Mapping[str, Any]) -> Self:
        return cls(run_id)


@dataclass(frozen=True, slots=True)
class ExecuteTool(Job):
    """Execute one queued tool task."""

    kind: ClassVar[str] = "tools.execute"
    queue: ClassVar[str] = "tools"
    tool_call_id: str

    @classmethod
    def for_event(cls, run_id: str, payload: Mapping[str, Any]) -> Self | None:
        return None if payload.get("client") else cls(payload["tool_call_id"])


@dataclass(frozen=True, slots=True)
class Predict(Job):
    """Make one prediction that was asked for."""

    kind: ClassVar[str] = "ds.predict"
    queue: ClassVar[str] = "ds"
    predict_id: str


@dataclass(frozen=True, slots=True)
class SweepPredictions(Job):
    """Find predictions whose message or worker was lost."""

    kind: ClassVar[str] = "maintenance.sweep_predictions"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class SweepCanaries(Job):
    """Hold the canaries at work against their gates."""

    kind: ClassVar[str] = "maintenance.sweep_canaries"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class SweepWakeups(Job):
    """Find work that nobody was told of."""

    kind: ClassVar[str] = "maintenance.sweep_wakeups"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class SweepSlots(Job):
    """Find slots that nobody was told of."""

    kind: ClassVar[str] = "maintenance.sweep_slots"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class RecoverRuns(Job):
    """Find executors that died and let their runs go on."""

    kind: ClassVar[str] = "maintenance.recover_runs"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class RescueTools(Job):
    """Find tool tasks whose worker died or hangs."""

    kind: ClassVar[str] = "maintenance.rescue_tools"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class PruneNonces(Job):
    """Forget nonces whose tokens have expired."""

    kind: ClassVar[str] = "maintenance.prune_nonces"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class PruneEvents(Job):
    """Let go of what only readers of ended runs needed."""

    kind: ClassVar[str] = "maintenance.prune_events"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class AnchorEnded(Job):
    """Anchor the logs of runs that have just ended."""

    kind: ClassVar[str] = "anchors.anchor_ended"
    queue: ClassVar[str] = "anchors"


@dataclass(frozen=True, slots=True)
class DeliverWebhooks(Job):
    """Send the notices that are due."""

    kind: ClassVar[str] = "maintenance.deliver_webhooks"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class PruneWebhooks(Job):
    """Let go of old deliveries."""

    kind: ClassVar[str] = "maintenance.prune_webhooks"
    queue: ClassVar[str] = "maintenance"


@dataclass(frozen=True, slots=True)
class AnchorRuns(Job):
    """Anchor the logs that nobody anchored."""

    kind: ClassVar[str] = "anchors.anchor_runs"
    queue: ClassVar[str] = "anchors"


@dataclass(frozen=True, slots=True)
class VerifySample(Job):
    """Check some logs that nobody asked about."""

    kind: ClassVar[str] = "anchors.verify_sample"
    queue: ClassVar[str] = "anchors"


@dataclass(frozen=True, slots=True)
class CompactEvents(Job):
    """Make what threads remember of 10 minutes."""

    kind: ClassVar[str] = "memory.compact_events"
    queue: ClassVar[str] = "memory"


@dataclass(frozen=True, slots=True)
class CompactHours(Job):
    """Make what threads remember of an hour."""

    kind: ClassVar[str] = "memory.compact_hours"
    queue: ClassVar[str] = "memory"


@dataclass(frozen=True, slots=True)
class CompactDays(Job):
    """Make what threads remember of a day."""

    kind: ClassVar[str] = "memory.compact_days"
    queue: ClassVar[str] = "memory"


@dataclass(frozen=True, slots=True)
class SweepProjections(Job):
    """Apply to read models what has been appended."""

    kind: ClassVar[str] = "projections.sweep"
    queue: ClassVar[str] = "projections"


@dataclass(frozen=True, slots=True)
class ReconcileProjections(Job):
    """Find read models that differ from the log."""

    kind: ClassVar[str] = "projections.reconcile"
    queue: ClassVar[str] = "projections"


JOBS: tuple[type[Job], ...] = (
    StepRun,
    ExecuteTool,
    Predict,
    SweepPredictions,
    SweepCanaries,
    SweepWakeups,
    SweepSlots,
    RecoverRuns,
    RescueTools,
    PruneNonces,
    PruneEvents,
    AnchorEnded,
    DeliverWebhooks,
    PruneWebhooks,
    AnchorRuns,
    VerifySample,
    CompactEvents,
    CompactHours,
    CompactDays,
    SweepProjections,
    ReconcileProjections,
)
