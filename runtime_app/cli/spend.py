"""`spend`: budgets, what has become of them, and whether the books hold. Works on the database."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.cli.spend_calls import ask, resolve
from runtime_app.clock import rfc3339
from runtime_app.errors import Refused
from runtime_app.ids import new_request_id
from runtime_app.spend import authorizations
from runtime_app.spend.terms import COVERS, MODES, ON_EXHAUSTED, SCOPES, UNITS, Terms


@click.group()
def spend() -> None:
    """Budgets, their ledger, and whether the books hold."""


@spend.command()
@click.option("--owner", "owner_key", required=True, help="user:N, guest:…, system:maintenance.")
@click.option(
    "--scope", "scope_kind", type=click.Choice(SCOPES), default="owner", show_default=True
)
@click.option("--scope-id", help="Of the scope; of an owner it is the owner.")
@click.option("--mode", type=click.Choice(MODES), default="delegated_budget", show_default=True)
@click.option("--unit", type=click.Choice(UNITS), required=True)
@click.option("--covers", type=click.Choice(COVERS), multiple=True, default=COVERS)
@click.option("--max-total", type=int, required=True, help="In the smallest part of the unit.")
@click.option("--max-per-call", type=int, required=True, help="Likewise.")
@click.option("--max-per-day", type=int, help="Likewise, by the days of UTC.")
@click.option("--threshold", type=int, help="Above it a person is asked.")
@click.option("--days", type=click.IntRange(1, 90), default=30, show_default=True)
@click.option("--on-exhausted", type=click.Choice(ON_EXHAUSTED), default="continue")
@click.option("--constraints", default="{}", help="JSON: what may be paid, to whom, when.")
@click.option("--replace", is_flag=True, help="End the budget that the scope has.")
@click.pass_obj
@act("spend.create")
def create(
    acting: Acting, replace: bool, days: int, constraints: str, scope_id: str | None, **given: Any
) -> None:
    """Make a budget. Its terms never change."""
    now = datetime.now(UTC)
    try:
        limits = json.loads(constraints)
    except ValueError as error:
        raise click.BadParameter(f"is no JSON: {error}", param_hint="--constraints") from error
    if not isinstance(limits, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--constraints")
    terms = Terms(
        scope_id=scope_id or given["owner_key"],
        expires_at=now + timedelta(days=days),
        constraints=limits,
        **(given | {"covers": tuple(given["covers"])}),
    )
    with database(acting.config).transaction() as tx:
        try:
            made = authorizations.create(tx, terms, acting.actor, now, replace=replace)
        except Refused as error:
            raise click.ClickException(str(error)) from error
        acting.record(tx, target=made, after={"granted": terms.max_total, "unit": terms.unit})
    click.echo(made)


@spend.command("list")
@click.option("--owner", "owner_key", help="Only those of this owner.")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def list_budgets(
    environ: Mapping[str, str], owner_key: str | None, limit: int, as_json: bool
) -> None:
    """List budgets, newest first."""
    for row in authorizations.newest(database(configured(environ)), owner_key, limit):
        if as_json:
            click.echo(json.dumps(_facts(row)))
            continue
        left = row.granted - row.reserved - row.spent - row.overage
        click.echo(
            f"{row.authorization_id}  {row.status:<8} {row.owner_key:<12} {row.scope_kind:<9} "
            f"{row.scope_id}  {left} of {row.granted} {row.unit} left, {row.reserved} held"
        )


@spend.command()
@click.argument("authorization_id")
@click.option("--entries", default=20, type=click.IntRange(0, 1000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(environ: Mapping[str, str], authorization_id: str, entries: int, as_json: bool) -> None:
    """Show one budget, its balance and its newest entries."""
    db = database(configured(environ))
    try:
        facts = _facts(authorizations.found(db, authorization_id))
    except Refused as error:
        raise click.ClickException(str(error)) from error
    log = [_facts(each) for each in authorizations.entries(db, authorization_id, entries)]
    if as_json:
        click.echo(json.dumps({**facts, "ledger": log}, indent=2))
        return
    for name, value in facts.items():
        click.echo(f"{name:<16} {'-' if value is None else value}")
    for each in log:
        click.echo(
            f"  {each['entry_no']:>5}  {each['at']}  {each['kind']:<16} held {each['reserved']}, "
            f"spent {each['spent']} of {each['granted']}  {each['actor']}"
        )


@spend.command()
@click.argument("authorization_id")
@click.argument("amount", type=int)
@click.pass_obj
@act("spend.topup")
def topup(acting: Acting, authorization_id: str, amount: int) -> None:
    """Grant more of the same."""
    with database(acting.config).transaction() as tx:
        try:
            granted = authorizations.top_up(
                tx, authorization_id, amount, new_request_id(), acting.actor
            )
        except Refused as error:
            raise click.ClickException(str(error)) from error
        acting.record(
            tx,
            target=authorization_id,
            before={"granted": granted - amount},
            after={"granted": granted},
        )
    click.echo(f"{authorization_id}: {granted} granted")


@spend.command()
@click.argument("authorization_id")
@click.pass_obj
@act("spend.revoke")
def revoke(acting: Acting, authorization_id: str) -> None:
    """Let nothing more be paid from a budget."""
    with database(acting.config).transaction() as tx:
        try:
            fresh = authorizations.revoke(tx, authorization_id, acting.reason, acting.actor)
        except Refused as error:
            raise click.ClickException(str(error)) from error
        acting.record(
            tx,
            target=authorization_id,
            after={"status": "revoked"},
            outcome="done" if fresh else "unchanged",
        )
    click.echo(f"{authorization_id}: revoked")


@spend.command()
@click.pass_obj
def check(environ: Mapping[str, str]) -> None:
    """Check that the books hold; the exit code is 1 if not."""
    broken = authorizations.broken(database(configured(environ)))
    for each in broken:
        click.echo(f"{each.authorization_id}  broken: {each.promise}")
    if broken:
        raise SystemExit(1)
    click.echo("the books hold")


spend.add_command(ask)
spend.add_command(resolve)


def _facts(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._asdict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value if value is None or isinstance(value, (int, str, list, dict)) else str(value)
