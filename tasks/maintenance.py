"""Queue `maintenance`: what beat asks for."""

from runtime_app.dispatch.jobs import (
    PruneNonces,
    RecoverRuns,
    RescueTools,
    SweepSlots,
    SweepWakeups,
)
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from tasks.app import app
from tasks.worker import runtime


@app.task(name=SweepWakeups.kind)
def sweep() -> int:
    """Find work that nobody was told of."""
    return sweep_wakeups(runtime().db)


@app.task(name=SweepSlots.kind)
def hand_out() -> int:
    """Find slots that nobody was told of."""
    return sweep_slots(runtime().db, runtime().slots)


@app.task(name=RecoverRuns.kind)
def recover() -> int:
    """Find executors that died."""
    return recover_runs(runtime().db)


@app.task(name=RescueTools.kind)
def rescue() -> int:
    """Find tool tasks whose worker died or hangs."""
    return rescue_tools(runtime().db, runtime().registry)


@app.task(name=PruneNonces.kind)
def prune_nonces() -> int:
    """Forget nonces whose tokens have expired."""
    return runtime().nonces.prune()
