"""Queue `runs`: executors, many per process (threads)."""

from runtime_app.dispatch.jobs import StepRun
from tasks.app import app
from tasks.worker import runtime


@app.task(name=StepRun.kind)
def step_run(run_id: str) -> str:
    """Take a run forward until it parks."""
    return runtime().executor.step(run_id)
