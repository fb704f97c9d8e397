"""`runs prune`: let go of what only readers needed, now rather than at the next sweep."""

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import database
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.events import log, pruning
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import Pruned
from runtime_app.maintenance.pruner import due, prune_ended

_HOURS_S = 3600.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; nothing does.")
@click.option("--run", "run_id", help="This ended run alone, however long ago it has ended.")
@click.pass_obj
@act("run.prune")
def prune(acting: Acting, dry_run: bool, run_id: str | None) -> None:
    """Empty deltas and progress of runs that ended long ago.

    Completed texts, messages, receipts and all hashes stay. The row of the act comes first: what
    follows are many transactions.
    """
    db = database(acting.config)
    policy = acting.config.retention
    with db.transaction() as tx:
        if run_id is not None:
            _refuse_live(log.head(tx, run_id), run_id)
        acting.record(
            tx,
            target=run_id,
            arguments={
                "dry_run": dry_run,
                "delta_s": policy.delta_s,
                "progress_s": policy.progress_s,
            },
            outcome="unchanged" if dry_run else "done",
        )
    if run_id is not None:
        for retention in policy.ages_s:
            step = pruning.prunable if dry_run else pruning.prune
            _say(retention, step(db, run_id, retention), dry_run)
    elif dry_run:
        for each in due(db, policy):
            _say(each.retention, each.payloads, dry_run, f" of {each.runs} runs")
    else:
        _all(db, acting)


def _all(db: Database, acting: Acting) -> None:
    emptied = prune_ended(db, acting.config.retention, SystemClock(), spell_s=24 * _HOURS_S)
    click.echo(f"{emptied} payloads emptied")


def _say(retention: Retention, payloads: Pruned, dry_run: bool, whose: str = "") -> None:
    verb = "would be emptied" if dry_run else "emptied"
    size = f"{payloads.payload_bytes} bytes"
    click.echo(f"{retention.value:<9}{payloads.events} payloads{whose}, {size}, {verb}")


def _refuse_live(head: log.Head | None, run_id: str) -> None:
    if head is None:
        raise click.ClickException(f"there is no run {run_id!r}")
    if head.closed_seq is None:
        raise click.ClickException(f"run {run_id!r} has not ended; only ended runs are pruned")
