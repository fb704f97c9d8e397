"""`runs`: list, look, watch, cancel, fork, verify, export, prune. Works on the database."""

import json
from collections.abc import Mapping

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.facts import print_facts
from runtime_app.cli.fork import fork
from runtime_app.cli.integrity import export, verify
from runtime_app.cli.prune import prune
from runtime_app.cli.replay import replay
from runtime_app.cli.run_facts import facts, known
from runtime_app.cli.settings import configured, database
from runtime_app.cli.tail import tail
from runtime_app.clock import rfc3339
from runtime_app.events.event import Origin
from runtime_app.runs import lifecycle, store


@click.group()
def runs() -> None:
    """Runs: list, look, watch, cancel, fork, verify, prune them."""


runs.add_command(export)
runs.add_command(fork)
runs.add_command(prune)
runs.add_command(replay)
runs.add_command(tail)
runs.add_command(verify)


@runs.command("list")
@click.option("--live", is_flag=True, help="Only those that have not ended.")
@click.option("--thread", "thread_id", help="Only those of one thread.")
@click.option("--limit", default=20, type=click.IntRange(1, 1000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_runs(
    environ: Mapping[str, str], live: bool, thread_id: str | None, limit: int, as_json: bool
) -> None:
    """List the newest runs.

    Those that have not ended come first, then those that have.
    """
    found = store.newest(database(configured(environ)), limit, thread_id, ended=not live)
    if as_json:
        click.echo(json.dumps([facts(run) for run in found], indent=2))
        return
    for run in found:
        click.echo(
            f"{rfc3339(run.created_at)[:19]}Z  {run.status:<18}  {run.run_id}  {run.thread_id}"
        )
    click.echo(f"{len(found)} runs")


@runs.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(environ: Mapping[str, str], run_id: str, as_json: bool) -> None:
    """Show a run's status, owner and end."""
    told = facts(known(store.get(database(configured(environ)), run_id), run_id))
    print_facts(told, as_json=as_json)


@runs.command()
@click.argument("run_id")
@click.pass_obj
@act("run.cancel")
def cancel(acting: Acting, run_id: str) -> None:
    """Ask for a run to be cancelled, whoever owns it.

    Its log says that an operator did.
    """
    with database(acting.config).transaction() as tx:
        run = known(store.lock(tx, run_id), run_id)
        answer = lifecycle.request_cancel(
            tx, run_id, run.thread_id, run.owner, acting.reason, Origin(), by="operator"
        )
        acting.record(
            tx,
            target=run_id,
            before={"status": run.status},
            after={"status": answer.status},
            outcome="unchanged" if answer.replayed else "done",
        )
    click.echo(f"{run_id}: {answer.status}" + (" (nothing to do)" if answer.replayed else ""))
