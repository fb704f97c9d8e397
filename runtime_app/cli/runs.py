"""`runs`: look at runs, watch, cancel, fork, verify, export, prune them. Works on the database."""

import json
from collections.abc import Mapping
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.fork import fork
from runtime_app.cli.integrity import export, verify
from runtime_app.cli.prune import prune
from runtime_app.cli.replay import replay
from runtime_app.cli.settings import configured, database
from runtime_app.clock import SystemClock, rfc3339
from runtime_app.db.database import Database
from runtime_app.db.listen import Listener
from runtime_app.events.channel import RUN_EVENTS
from runtime_app.events.event import Origin
from runtime_app.runs import lifecycle, store
from runtime_app.runs.run import Run
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tailer import Reading, follow


@click.group()
def runs() -> None:
    """Look at runs, watch, cancel, fork, verify, export and prune them."""


runs.add_command(export)
runs.add_command(fork)
runs.add_command(prune)
runs.add_command(replay)
runs.add_command(verify)


@runs.command()
@click.argument("run_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(environ: Mapping[str, str], run_id: str, as_json: bool) -> None:
    """Show a run's status, owner and end."""
    run = _run(database(configured(environ)), run_id)
    facts = _facts(run)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        click.echo(f"{name:<14} {'-' if value is None else value}")


@runs.command()
@click.argument("run_id")
@click.option("--cursor", default=0, type=click.IntRange(min=0), show_default=True)
@click.option(
    "--format",
    "stream_format",
    default="native",
    type=click.Choice(["native", "ai-sdk"]),
    show_default=True,
)
@click.pass_obj
def tail(environ: Mapping[str, str], run_id: str, cursor: int, stream_format: str) -> None:
    """Print a run's stream as it comes, until the run ends."""
    config = configured(environ)
    db = database(config)
    run = _run(db, run_id)
    hub = Hub(db)
    listener = Listener(config.database.direct_url, [RUN_EVENTS], hub.on_notify, hub.heal)
    listener.start()
    hub.start()
    reading = Reading(run_id, cursor, run.latest_seq, run.closed, stream_format, tail_s=86_400)
    for chunk in follow(hub, reading, SystemClock()):
        click.echo(chunk.decode(), nl=False)
    listener.stop()


@runs.command()
@click.argument("run_id")
@click.pass_obj
@act("run.cancel")
def cancel(acting: Acting, run_id: str) -> None:
    """Ask for a run to be cancelled, whoever owns it; its log says that an operator did."""
    with database(acting.config).transaction() as tx:
        run = _known(store.lock(tx, run_id), run_id)
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


def _run(db: Database, run_id: str) -> Run:
    return _known(store.get(db, run_id), run_id)


def _known(run: Run | None, run_id: str) -> Run:
    if run is None:
        raise click.ClickException(f"there is no run {run_id!r}")
    return run


def _facts(run: Run) -> dict[str, Any]:
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
