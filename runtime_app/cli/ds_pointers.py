"""The acts of `ds` on pointers: canary, abort, promote, rollback; and artifacts to point at."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from runtime_app.canonical import NotCanonical, strict_loads
from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.clock import rfc3339
from runtime_app.db.transaction import Transaction
from runtime_app.ds import artifacts, canaries, pointers
from runtime_app.ds.catalog import SIGNATURES, signature
from runtime_app.ds.gates import next_stage
from runtime_app.ds.pointers import Change, Pointer
from runtime_app.ds.signature import Signature
from runtime_app.errors import Conflict, Refused

_EXPECT = click.option(
    "--expect",
    "expected",
    required=True,
    type=click.IntRange(0),
    help="The version that it has now.",
)


@click.command()
@click.argument("signature_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def pointer(environ: Mapping[str, str], signature_id: str | None, as_json: bool) -> None:
    """Show what is live; of one signature, its history too."""
    db = database(configured(environ))
    with db.reading() as tx:
        for each in [_signature(signature_id)] if signature_id else SIGNATURES.values():
            _show(pointers.pointer(tx, each), as_json)
            for version in pointers.versions(tx, each) if signature_id and not as_json else ():
                stands = "" if version.restores is None else f"  stands for {version.restores}"
                click.echo(
                    f"  {version.version:>4}  {rfc3339(version.at)}  {version.action:<10}"
                    f" {version.after['primary_id']}{stands}  {version.actor}: {version.reason}"
                )


@click.command()
@click.argument("signature_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@act("ds.artifact")
def artifact(acting: Acting, signature_id: str, file: Path) -> None:
    """Write an artifact from the JSON of its body; its id is told.

    What the file leaves out is as in the catalogue. Once written it stays.
    """
    found = _signature(signature_id)
    try:
        body = strict_loads(file.read_bytes())
        if not isinstance(body, dict):
            raise click.ClickException("expected a JSON object")
        with database(acting.config).transaction() as tx:
            made = {"created_by": acting.actor, "reason": acting.reason}
            kept = artifacts.keep(tx, found, {**found.body, **body}, made)
            acting.record(tx, target=kept.compiled_id, arguments={"signature_id": found.id})
    except (NotCanonical, Refused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(kept.compiled_id)


@click.command()
@click.argument("signature_id")
@click.argument("compiled_id")
@click.argument("percent", type=click.IntRange(0, 100))
@_EXPECT
@click.option("--by-itself", "auto_advance", is_flag=True, help="Go on to 5, 25, 100% when good.")
@click.option("--receipts", "gate_receipts", default=200, type=click.IntRange(1), show_default=True)
@click.option("--minutes", "gate_minutes", default=30, type=click.IntRange(0), show_default=True)
@click.pass_obj
@act("ds.canary")
def canary(
    acting: Acting,
    signature_id: str,
    compiled_id: str,
    percent: int,
    expected: int,
    **stages: Any,
) -> None:
    """Let an artifact have so many percent of the callers.

    It is held against the primary every 30 s, and loses its calls when it is worse. A stage takes
    so many receipts and minutes.
    """
    _change(
        acting,
        signature_id,
        expected,
        lambda tx, found, how: pointers.canary(tx, found, how, compiled_id, percent, **stages),
    )


@click.command()
@click.argument("signature_id")
@_EXPECT
@click.option("--force", is_flag=True, help="Whatever the gates say.")
@click.pass_obj
@act("ds.advance")
def advance(acting: Acting, signature_id: str, expected: int, force: bool) -> None:
    """Begin the canary's next stage: 1, 5, 25, 100%."""

    def do(tx: Transaction, found: Signature, how: Change) -> Pointer:
        present = pointers.pointer(tx, found)
        stage = next_stage(present.canary_percent)
        if stage is None:
            raise Conflict("it has all calls: promote it")
        said = canaries.verdict(tx, found, present)
        if said.action != "advance" and not force:
            raise Conflict(f"{said.action}: {said.reason}")
        return pointers.advance(tx, found, how, stage)

    _change(acting, signature_id, expected, do)


@click.command()
@click.argument("signature_id")
@_EXPECT
@click.pass_obj
@act("ds.abort")
def abort(acting: Acting, signature_id: str, expected: int) -> None:
    """Let the canary have no calls any more."""
    _change(acting, signature_id, expected, pointers.abort)


@click.command()
@click.argument("signature_id")
@click.argument("compiled_id")
@_EXPECT
@click.option("--force", is_flag=True, help="Without a report that it is better.")
@click.pass_obj
@act("ds.promote")
def promote(
    acting: Acting, signature_id: str, compiled_id: str, expected: int, force: bool
) -> None:
    """Make an artifact the primary."""
    _change(
        acting,
        signature_id,
        expected,
        lambda tx, found, how: pointers.promote(tx, found, how, compiled_id, force=force),
    )


@click.command()
@click.argument("signature_id")
@_EXPECT
@click.option("--to", "version", type=click.IntRange(0), help="Not the one before: that version.")
@click.pass_obj
@act("ds.rollback")
def rollback(acting: Acting, signature_id: str, expected: int, version: int | None) -> None:
    """Bring back the primary before this one.

    Twice goes two back.
    """
    _change(
        acting,
        signature_id,
        expected,
        lambda tx, found, how: pointers.rollback(tx, found, how, version),
    )


COMMANDS = (pointer, artifact, canary, advance, abort, promote, rollback)


def _change(
    acting: Acting,
    signature_id: str,
    expected: int,
    do: Callable[[Transaction, Signature, Change], Pointer],
) -> None:
    found, action = _signature(signature_id), acting.name.removeprefix("ds.")
    how = Change(action, expected, acting.actor, acting.reason)
    try:
        with database(acting.config).transaction() as tx:
            before = pointers.pointer(tx, found)
            after = do(tx, found, how)
            acting.record(tx, target=found.id, before=before.facts(), after=after.facts())
    except Refused as error:
        raise click.ClickException(error.message) from error
    _show(after, as_json=False)


def _show(found: Pointer, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.facts()))
        return
    canary = "" if found.canary_id is None else f"  {found.canary_id} {found.canary_percent}%"
    click.echo(f"{found.signature_id:<52} {found.version:>4}  {found.primary_id}{canary}")


def _signature(signature_id: str) -> Signature:
    try:
        return signature(signature_id)
    except Refused as error:
        raise click.ClickException(error.message) from error
