"""`migrate`: bring the database to this release's schema."""

import click

from runtime_app import __version__
from runtime_app.audit import journal
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.cli.acting import Acting, act
from runtime_app.db import logins
from runtime_app.db import migrate as schema
from runtime_app.db.transaction import Transaction


@click.command()
@click.pass_obj
@act("schema.migrate", reason=f"release {__version__}", as_owner=True)
def migrate(acting: Acting) -> None:
    """Run the migrations that are missing, under an advisory lock."""

    def recorded(tx: Transaction, before: str | None, after: str) -> None:
        if journal.is_kept(tx):
            acting.record(tx, target=after, before={"revision": before}, after={"revision": after})

    owner_url = acting.config.database.direct_url
    before, after = schema.migrate(owner_url, schema.Watcher(sanitizer_of(acting.config), recorded))
    if before == after:
        click.echo(f"schema is at {after}, nothing to do")
    else:
        click.echo(f"schema went from {before or 'nothing'} to {after}")
    app_url = acting.config.database_app_url
    if app_url and logins.admit(owner_url, app_url):
        click.echo("the application's login is there, a member of oa_app")
