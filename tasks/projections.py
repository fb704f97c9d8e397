"""Queue `projections`: read models of the log."""

from runtime_app.dispatch.jobs import ReconcileProjections, SweepProjections
from runtime_app.projections import reconciler, writer
from tasks.periodic import periodic
from tasks.worker import runtime


@periodic(SweepProjections)
def sweep_projections() -> int:
    """Apply what has been appended."""
    return writer.sweep(runtime().db)


@periodic(ReconcileProjections)
def reconcile_projections() -> int:
    """Find read models that differ from the log, and repair them."""
    return reconciler.reconcile(runtime().db)
