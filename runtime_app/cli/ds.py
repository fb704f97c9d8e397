"""`ds`: declarative signatures."""

import json
from collections.abc import Mapping
from typing import Any

import click

from runtime_app.cli.ds_pointers import COMMANDS
from runtime_app.cli.settings import configured, database
from runtime_app.db.database import Database
from runtime_app.ds import looking
from runtime_app.ds.catalog import SIGNATURES, signature
from runtime_app.ds.facts import facts
from runtime_app.errors import NotFound


@click.group()
def ds() -> None:
    """Signatures: what models are asked, and how."""


@ds.command()
@click.argument("signature_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
def signatures(signature_id: str | None, as_json: bool) -> None:
    """List the signatures; one is shown in full."""
    try:
        found = SIGNATURES.values() if signature_id is None else [signature(signature_id)]
    except NotFound as error:
        raise click.ClickException(error.message) from error
    for each in found:
        told: dict[str, Any] = dict(facts(each))
        if as_json:
            click.echo(json.dumps(told))
        elif signature_id is None:
            click.echo(f"{each.id:<52} {each.strategy.id:<12} {each.compiled_id}")
        else:
            click.echo(json.dumps(told, indent=2))


@ds.command()
@click.argument("receipt_id")
@click.pass_obj
def receipt(environ: Mapping[str, str], receipt_id: str) -> None:
    """Show the receipt of a prediction."""
    click.echo(json.dumps(_found(database(configured(environ)), receipt_id).body, indent=2))


@ds.command()
@click.argument("receipt_id")
@click.pass_obj
def trace(environ: Mapping[str, str], receipt_id: str) -> None:
    """Show a prediction's model calls, queries and repairs."""
    db = database(configured(environ))
    try:
        click.echo(json.dumps(looking.trace(db, _found(db, receipt_id)), indent=2))
    except looking.Damaged as error:
        raise click.ClickException(str(error)) from error


@ds.command()
@click.argument("receipt_id")
@click.pass_obj
def replay(environ: Mapping[str, str], receipt_id: str) -> None:
    """Compute a receipt's hashes and its ruling again.

    From what is stored; the exit code is 1 where something differs, and the first difference is
    told.
    """
    db = database(configured(environ))
    difference = looking.difference(db, _found(db, receipt_id))
    if difference is not None:
        raise click.ClickException(f"{receipt_id}: {difference}")
    click.echo(f"{receipt_id}: everything is as it was")


for each in COMMANDS:
    ds.add_command(each)


def _found(db: Database, receipt_id: str) -> looking.Stored:
    found = looking.find(db, receipt_id)
    if found is None:
        raise click.ClickException(f"there is no receipt {receipt_id!r}")
    return found
