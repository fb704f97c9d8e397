"""Queue `anchors`: what follows a run's end, and the sweeps that look at whole logs."""

from runtime_app.anchors import anchoring
from runtime_app.clock import SystemClock
from runtime_app.dispatch.jobs import AnchorRun, AnchorRuns, VerifySample
from runtime_app.maintenance.integrity_sweeper import anchor_runs, verify_sample
from tasks.app import app
from tasks.periodic import periodic
from tasks.worker import runtime


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
