"""What the command line tells of a run."""

from typing import Any

import click

from runtime_app.clock import rfc3339
from runtime_app.runs.run import Run


def known(run: Run | None, run_id: str) -> Run:
    """The run, if there is one.

    Raises:
        ClickException: there is none.
    """
    if run is None:
        raise click.ClickException(f"there is no run {run_id!r}")
    return run


def facts(run: Run) -> dict[str, Any]:
    """As JSON: whose it is, where it stands, how it ended."""
    return {
        "run": run.run_id,
        "thread": run.thread_id,
        "owner": str(run.owner),
        "mode": run.mode,
        "model": run.model,
        "status": run.status,
        "reason_class": run.terminal_reason_class,
        "reason": run.terminal_reason,
        "latest_seq": run.latest_seq,
        "chain_head": run.chain_head,
        "created_at": rfc3339(run.created_at),
        "ended_at": None if run.terminal_at is None else rfc3339(run.terminal_at),
    }
