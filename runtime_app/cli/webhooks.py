"""`webhooks`: what was sent to whom, and once more. Works on the database."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.clock import rfc3339
from runtime_app.webhooks import deliveries
from runtime_app.webhooks.deliveries import STATES, Delivery


@click.group()
def webhooks() -> None:
    """Notices to other services: what was sent."""


@webhooks.command("list")
@click.option("--endpoint", help="Only those to this endpoint.")
@click.option("--state", type=click.Choice(STATES), help="Only those that stand there.")
@click.option("--run", "run_id", help="Only those of this run.")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def list_deliveries(
    environ: Mapping[str, str], as_json: bool, limit: int, **only: str | None
) -> None:
    """List deliveries, newest first."""
    db = database(configured(environ))
    for each in deliveries.newest(
        db, limit, endpoint=only["endpoint"], state=only["state"], run_id=only["run_id"]
    ):
        if as_json:
            click.echo(json.dumps(_facts(each)))
            continue
        click.echo(
            f"{each.delivery_id}  {rfc3339(each.created_at)}  {each.endpoint:<16} {each.state:<9} "
            f"{each.notice:<13} {each.status:<13} {each.run_id} {each.seq}  {each.attempts} tried"
        )


@webhooks.command()
@click.argument("delivery_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(environ: Mapping[str, str], delivery_id: str, as_json: bool) -> None:
    """Show one delivery, what it says, and its attempts."""
    db = database(configured(environ))
    found = deliveries.find(db, delivery_id)
    if found is None:
        raise click.ClickException(f"there is no delivery {delivery_id!r}")
    attempts = [
        {name: _plain(getattr(each, name)) for name in each.__slots__}
        for each in deliveries.attempts_of(db, delivery_id)
    ]
    facts = {**_facts(found), "body": json.loads(found.body), "log": attempts}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        if name != "log":
            click.echo(f"{name:<13} {'-' if value is None else value}")
    for told in attempts:
        answer = told["error"] or told["http_status"]
        click.echo(f"  {told['attempt']:>3}  {told['at']}  {told['took_ms']} ms  {answer}")


@webhooks.command()
@click.argument("delivery_id")
@click.pass_obj
@act("webhook.replay")
def replay(acting: Acting, delivery_id: str) -> None:
    """Send it once more, under the same id; also what was delivered."""
    with database(acting.config).transaction() as tx:
        before = deliveries.find(tx, delivery_id)
        if before is None or not deliveries.send_again(tx, delivery_id):
            raise click.ClickException(f"{delivery_id!r} is not there, or is just being sent")
        acting.record(
            tx,
            target=delivery_id,
            before={"state": before.state, "failures": before.failures},
            after={"state": "pending", "failures": 0},
        )
    click.echo(f"{delivery_id}: due now")


@webhooks.command()
def secret() -> None:
    """Make a secret for an endpoint; it is printed, and kept nowhere."""
    click.echo("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())


def _facts(each: Delivery) -> dict[str, Any]:
    return {name: _plain(getattr(each, name)) for name in each.__slots__}


def _plain(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value
