"""`projections`: read models of the log. Works on the database."""

import json
from collections.abc import Mapping

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.projections import rebuild as rebuilding
from runtime_app.projections import reconciler
from runtime_app.projections.writer import SQL, BrokenLog, ForeignRow

_MOST = 1000


@click.group()
def projections() -> None:
    """How far the read models are, and whether they are right."""


@projections.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(environ: Mapping[str, str], as_json: bool) -> None:
    """Show how far the read models are behind the log."""
    found = database(configured(environ)).one(SQL["lag"])
    assert found is not None
    facts = {
        "runs_behind": found.runs,
        "events_behind": found.events,
        "oldest_s": round(found.oldest_s, 3),
        "dead_runs": found.dead,
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name:<14} {value}")


@projections.command("dead-letters")
@click.pass_obj
def dead_letters(environ: Mapping[str, str]) -> None:
    """Show the runs whose projection gave up, and why."""
    for row in database(configured(environ)).all(SQL["dead"], limit=_MOST):
        click.echo(f"{row.run_id}  after {row.last_seq}  {row.problem}")


@projections.command()
@click.argument("run_id")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.pass_obj
@act("projections.rebuild")
def rebuild(acting: Acting, run_id: str, dry_run: bool) -> None:
    """Make the rows of a run again; also after a fix."""
    db = database(acting.config)
    with db.transaction() as tx:
        acting.record(tx, target=run_id)
    try:
        found = rebuilding.rebuild(db, run_id, dry_run=dry_run)
    except (BrokenLog, ForeignRow) as problem:
        raise click.ClickException(f"Nothing was changed: {problem}.") from problem
    click.echo(f"missing {found.missing}, changed {found.changed}, extra {found.extra}")


@projections.command()
@click.pass_obj
@act("projections.reconcile")
def reconcile(acting: Acting) -> None:
    """Check read models now, and repair those that differ.

    The row of the act comes first: what follows are many transactions.
    """
    db = database(acting.config)
    with db.transaction() as tx:
        acting.record(tx)
    click.echo(f"{reconciler.reconcile(db)} differed")
