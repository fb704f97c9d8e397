"""Queue `maintenance`: what beat asks for, each once a tick; and what follows a run's end."""

from runtime_app.anchors import anchoring
from runtime_app.clock import SystemClock
from runtime_app.dispatch.jobs import (
    AnchorRun,
    AnchorRuns,
    PruneEvents,
    PruneNonces,
    RecoverRuns,
    RescueTools,
    SweepSlots,
    SweepWakeups,
    VerifySample,
)
from runtime_app.maintenance.integrity_sweeper import anchor_runs, verify_sample
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.pruner import prune_ended
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from tasks.app import app
from tasks.periodic import periodic
from tasks.worker import runtime


@periodic(SweepWakeups)
def sweep() -> int:
    """Find work that nobody was told of."""
    return sweep_wakeups(runtime().db)


@periodic(SweepSlots)
def hand_out() -> int:
    """Find slots that nobody was told of."""
    return sweep_slots(runtime().db, runtime().slots)


@periodic(RecoverRuns)
def recover() -> int:
    """Find executors that died."""
    return recover_runs(runtime().db)


@periodic(RescueTools)
def rescue() -> int:
    """Find tool tasks whose worker died or hangs."""
    return rescue_tools(runtime().db, runtime().registry)


@periodic(PruneNonces)
def prune_nonces() -> int:
    """Forget nonces whose tokens have expired."""
    return runtime().nonces.prune()


@periodic(PruneEvents)
def prune_events() -> int:
    """Let go of what only readers of ended runs needed."""
    return prune_ended(runtime().db, runtime().retention, SystemClock())


@periodic(AnchorRuns)
def anchor_left() -> int:
    """Anchor the logs that nobody anchored."""
    return anchor_runs(runtime().db, runtime().anchors, SystemClock())


@periodic(VerifySample)
def sample() -> int:
    """Check some logs that nobody asked about."""
    return verify_sample(runtime().db, runtime().anchors)


@app.task(name=AnchorRun.kind)
def anchor_run(run_id: str) -> str:
    """Anchor a run's log as it stands."""
    return anchoring.anchor_run(runtime().db, runtime().anchors, run_id, SystemClock())
