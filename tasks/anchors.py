"""Queue `anchors`: the sweeps that look at whole logs."""

from runtime_app.clock import SystemClock
from runtime_app.dispatch.jobs import AnchorEnded, AnchorRuns, VerifySample
from runtime_app.maintenance.integrity_sweeper import anchor_ended, anchor_runs, verify_sample
from tasks.periodic import periodic
from tasks.worker import runtime


@periodic(AnchorEnded)
def anchor_just_ended() -> int:
    """Anchor the logs of runs that have just ended."""
    return anchor_ended(runtime().db, runtime().anchors, SystemClock())


@periodic(AnchorRuns)
def anchor_left() -> int:
    """Anchor the logs that nobody anchored."""
    return anchor_runs(runtime().db, runtime().anchors, SystemClock())


@periodic(VerifySample)
def sample() -> int:
    """Check some logs that nobody asked about."""
    return verify_sample(runtime().db, runtime().anchors)
