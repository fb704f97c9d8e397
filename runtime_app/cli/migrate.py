"""`migrate`: bring the database to this release's schema."""

from collections.abc import Mapping

import click

from runtime_app.cli.settings import configured
from runtime_app.db import migrate as schema


@click.command()
@click.pass_obj
def migrate(environ: Mapping[str, str]) -> None:
    """Run the migrations that are missing, under an advisory lock."""
    config = configured(environ)
    before, after = schema.migrate(config.database.direct_url)
    if before == after:
        click.echo(f"schema is at {after}, nothing to do")
    else:
        click.echo(f"schema went from {before or 'nothing'} to {after}")
