"""`memory`: what a thread remembers. Works on the database."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.clock import rfc3339
from runtime_app.memory import compaction, verification

_AN_HOUR_S = 3600.0


@click.group()
def memory() -> None:
    """What threads remember, and from what it was made."""


@memory.command()
@click.argument("thread_id")
@click.option("--text", is_flag=True, help="Print the texts too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def tree(environ: Mapping[str, str], thread_id: str, text: bool, as_json: bool) -> None:
    """Show the chunks of a thread, highest level first."""
    for each in compaction.tree(database(configured(environ)), thread_id):
        if as_json:
            facts = asdict(each)
            told = {n: rfc3339(v) if isinstance(v, datetime) else v for n, v in facts.items()}
            click.echo(json.dumps(told))
            continue
        click.echo(
            f"L{each.level}  {rfc3339(each.window_start)}  {each.part}  {each.chunk_id}  "
            f"{each.state:<8} {each.summarizer or '-':<13} {each.input_events or 0} events, "
            f"{each.input_tokens or 0} -> {each.output_tokens or 0} tokens"
        )
        if text:
            click.echo(each.summary or "")


@memory.command()
@click.argument("thread_id")
@click.pass_obj
def verify(environ: Mapping[str, str], thread_id: str) -> None:
    """Check a thread's chunks against its log; 1 if wrong."""
    found = list(verification.problems(database(configured(environ)), thread_id))
    for problem in found:
        click.echo(problem)
    if found:
        raise click.ClickException(f"{len(found)} problems")
    click.echo("all is as it was sealed")


@memory.command()
@click.option("--thread", "thread_id", help="Only of this thread.")
@click.pass_obj
@act("memory.compact")
def compact(acting: Acting, thread_id: str | None) -> None:
    """Make the chunks that are due now, of all levels.

    The row of the act comes first: what follows are many transactions.
    """
    db = database(acting.config)
    with db.transaction() as tx:
        acting.record(tx, target=thread_id)
    for level in (1, 2, 3):
        sealed = 0
        while made := compaction.compact(
            db, level, thread_id=thread_id, spell_s=_AN_HOUR_S, trigger="manual"
        ):
            sealed += made
        click.echo(f"L{level}: {sealed} sealed")
