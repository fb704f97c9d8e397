"""Queue `projections`: read models of the log."""

from runtime_app.dispatch.jobs import ProjectRun, ReconcileProjections, SweepProjections
from runtime_app.projections import reconciler, writer
from tasks.app import app
from tasks.periodic import periodic
from tasks.worker import runtime


@app.task(name=ProjectRun.kind)
def project_run(run_id: str) -> int:
    """Apply what a run's read models lack."""
    return writer.project(runtime().db, run_id)


@periodic(SweepProjections)
def sweep_projections() -> int:
    """Apply what nobody was told of."""
    return writer.sweep(runtime().db)


@periodic(ReconcileProjections)
def reconcile_projections() -> int:
    """Find read models that differ from the log, and repair them."""
    return reconciler.reconcile(runtime().db)
