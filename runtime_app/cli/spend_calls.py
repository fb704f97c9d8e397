"""`spend ask|resolve`: what a call would be told, and the end of one that nobody can prove."""

import json
from collections.abc import Mapping

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.errors import Refused, RunClosed
from runtime_app.events import log
from runtime_app.ids import new_request_id
from runtime_app.spend.constraints import Asked
from runtime_app.spend.moves import resolve_commit, resolve_release
from runtime_app.spend.reservation import Subject
from runtime_app.spend.reserving import Intent, check
from runtime_app.spend.standing import find
from runtime_app.spend.terms import COVERS, UNITS


@click.command()
@click.argument("run_id")
@click.argument("amount", type=click.IntRange(1, 2**53 - 1))
@click.option("--unit", type=click.Choice(UNITS), required=True)
@click.option("--purpose", type=click.Choice(COVERS), default="settlement", show_default=True)
@click.option("--tool", help="The tool that would pay.")
@click.option("--model", help="The model that would be asked.")
@click.option("--domain", help="The host that would be asked.")
@click.pass_obj
def ask(
    environ: Mapping[str, str],
    run_id: str,
    amount: int,
    unit: str,
    purpose: str,
    tool: str | None,
    model: str | None,
    domain: str | None,
) -> None:
    """Say what a run would be told that asks for money now."""
    call_id = f"ask:{new_request_id()}"
    intent = Intent(
        call_id,
        unit,
        amount,
        "ask",
        purpose=purpose,
        asked=Asked(tool=tool, model=model, domain=domain),
    )
    try:
        with database(configured(environ)).transaction() as tx:
            ruling = check(tx, Subject.run(run_id), intent)
    except (Refused, RunClosed) as error:
        raise click.ClickException(str(error)) from error
    if ruling is None:
        click.echo("no budget covers it: nothing would be held")
        return
    click.echo(f"{ruling.decision.value}: {ruling.reason_code}")
    if ruling.authorization_id is not None:
        click.echo(f"by {ruling.authorization_id}, {ruling.budget_before} {ruling.unit} left")


@click.command()
@click.argument("reservation_id")
@click.option("--outcome", type=click.Choice(["committed", "released"]), required=True)
@click.option("--amount", type=click.IntRange(0, 2**53 - 1), help="What was paid, fee included.")
@click.option("--correlation", help="The provider's id of the payment.")
@click.option("--evidence", required=True, help="Where it is proven: a URI.")
@click.pass_obj
@act("spend.resolve")
def resolve(
    acting: Acting,
    reservation_id: str,
    outcome: str,
    amount: int | None,
    correlation: str | None,
    evidence: str,
) -> None:
    """Book what has become of money whose outcome nobody could prove."""
    if outcome == "committed" and (amount is None or correlation is None):
        raise click.UsageError("--outcome committed needs --amount and --correlation")
    try:
        with database(acting.config).transaction() as tx:
            found = find(tx, reservation_id)
            if found is None:
                raise click.ClickException(f"there is no reservation {reservation_id!r}")
            if amount is not None and correlation is not None and outcome == "committed":
                moved = resolve_commit(
                    tx,
                    reservation_id,
                    attempt=found.attempt,
                    actual=amount,
                    correlation_id=correlation,
                    via="operator",
                    actor=acting.actor,
                )
            else:
                moved = resolve_release(
                    tx,
                    reservation_id,
                    attempt=found.attempt,
                    via="operator",
                    actor=acting.actor,
                )
            if moved.events and moved.subject_kind == "run":
                log.append(tx, moved.subject_id, moved.events)
            acting.record(
                tx,
                target=reservation_id,
                arguments={"evidence": evidence, "amount": amount, "correlation": correlation},
                before={"state": found.state},
                after={"state": moved.state},
            )
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(moved.receipt()))
