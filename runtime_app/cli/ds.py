"""`ds`: declarative signatures."""

import json
from typing import Any

import click

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
