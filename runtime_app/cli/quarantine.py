"""`quarantine`: what gave up and waits for a decision. Works on the database."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.facts import print_facts
from runtime_app.cli.settings import configured, database
from runtime_app.clock import SystemClock, rfc3339
from runtime_app.db.transaction import Transaction
from runtime_app.errors import RuntimeFault
from runtime_app.events.event import Origin
from runtime_app.forks.successor import begin_again
from runtime_app.maintenance import quarantine as rows
from runtime_app.maintenance.quarantine import Item
from runtime_app.runs import store


@click.group()
def quarantine() -> None:
    """What gave up: look, do it again in a new run, or let it be."""


@quarantine.command("list")
@click.option("--days", default=30, type=click.IntRange(1, 3650), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_items(environ: Mapping[str, str], days: int, as_json: bool) -> None:
    """List what waits for a decision, newest first."""
    items = rows.waiting(database(configured(environ)), days)
    if as_json:
        click.echo(json.dumps([_facts(item) for item in items], indent=2))
        return
    for item in items:
        click.echo(f"{rfc3339(item.since)}  {item.kind:<4} {item.item_id}  {item.why}")
    click.echo(f"{len(items)} waiting")


@quarantine.command()
@click.argument("item_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(environ: Mapping[str, str], item_id: str, as_json: bool) -> None:
    """Show one, and what was decided about it."""
    facts = _facts(_known(rows.find(database(configured(environ)), item_id), item_id))
    print_facts(facts, as_json=as_json)


@quarantine.command()
@click.argument("item_id")
@click.pass_obj
@act(rows.REQUEUE)
def requeue(acting: Acting, item_id: str) -> None:
    """Do its run's work again in a new run; prints that run's id.

    The run that has ended stays as it is. One that goes on is refused: a second would do the same.
    """
    config = acting.config
    try:
        with database(config).transaction() as tx:
            item = _open(tx, item_id)
            now = SystemClock().now()
            begun = begin_again(tx, item.run_id, config.defaults, now, Origin(), config.admission)
            acting.record(tx, target=item_id, after={"run_id": begun.run_id})
    except RuntimeFault as fault:
        told = [fault.message, *(detail.message for detail in fault.details)]
        raise click.ClickException("; ".join(told)) from fault
    click.echo(begun.run_id)


@quarantine.command()
@click.argument("item_id")
@click.pass_obj
@act(rows.DROP)
def drop(acting: Acting, item_id: str) -> None:
    """Let it be: it waits no more, and nothing else changes."""
    with database(acting.config).transaction() as tx:
        _open(tx, item_id)
        acting.record(tx, target=item_id)
    click.echo(f"{item_id}: dropped")


def _open(tx: Transaction, item_id: str) -> Item:
    """One that waits, with its run's head locked, so that nobody else decides it meanwhile."""
    store.lock(tx, _known(rows.find(tx, item_id), item_id).run_id)
    item = _known(rows.find(tx, item_id), item_id)
    if item.decided is not None:
        raise click.ClickException(f"{item_id} has been decided: {item.decided}")
    return item


def _known(item: Item | None, item_id: str) -> Item:
    if item is None:
        raise click.ClickException(f"nothing in quarantine has the id {item_id!r}")
    return item


def _facts(item: Item) -> dict[str, Any]:
    return asdict(item) | {"since": rfc3339(item.since)}
