"""`audit`: what operators did. Looks, checks and copies; nothing here changes anything."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from runtime_app.audit import journal
from runtime_app.audit.act import ACTS, Entry
from runtime_app.canonical import stored_loads
from runtime_app.cli.settings import configured, database
from runtime_app.clock import SystemClock, rfc3339
from runtime_app.security.key_uses import Use, uses_of

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class _Since(click.ParamType[datetime]):
    name = "when"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        ago = re.fullmatch(r"(\d{1,5})([mhd])", value)
        if ago:
            return SystemClock().now() - int(ago[1]) * _UNITS[ago[2]]
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither like 30m, 24h, 7d nor a date and time", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.group()
def audit() -> None:
    """What operators did: one row per act, hash-chained."""


@audit.command()
@click.option("--key", "key_id", help="Only acts with this signing key.")
@click.option("--act", type=click.Choice(sorted(ACTS)), help="Only acts of this kind.")
@click.option("--actor", help="Only acts of this operator.")
@click.option("--since", type=_Since(), help="Only since then: 30m, 24h, 7d, or a date and time.")
@click.option("--limit", default=100, type=click.IntRange(1, 1000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(
    environ: Mapping[str, str],
    key_id: str | None,
    act: str | None,
    actor: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show acts, newest first.

    Of a key also the runs and frames that came in under it.
    """
    db = database(configured(environ))
    acts = journal.latest(db, key_id=key_id, act=act, actor=actor, since=since, limit=limit)
    used = [] if key_id is None else uses_of(db, key_id, since or _EVER, limit)
    if as_json:
        shown = {"acts": [_facts(entry) for entry in acts], "used": [_use(use) for use in used]}
        click.echo(json.dumps(shown, indent=2))
        return
    for entry in acts:
        click.echo(_line(entry))
    for use in used:
        what = f"frame {use.frame_id} of run" if use.frame_id else "run"
        click.echo(f"     -  {rfc3339(use.at)[:19]}Z  key {key_id}  {what} {use.run_id}")


@audit.command()
@click.pass_obj
def verify(environ: Mapping[str, str]) -> None:
    """Check the chain from the first act. Exit code 1 when it does not hold."""
    verdict = journal.verify(database(configured(environ)))
    if verdict.flaw is not None:
        raise click.ClickException(f"broken at act {verdict.flaw.seq}: {verdict.flaw.reason}")
    click.echo(f"chain verified: acts 1 to {verdict.checked_to}, head {verdict.head}")


@audit.command()
@click.pass_obj
def export(environ: Mapping[str, str]) -> None:
    """Print every act with its hashes, as JSON lines.

    Oldest first.
    """
    for entry in journal.entries(database(configured(environ))):
        click.echo(json.dumps(_facts(entry), ensure_ascii=False))


def _line(entry: Entry) -> str:
    key = f" key {entry.key_id}" if entry.key_id else ""
    target = f" {entry.target}" if entry.target else ""
    unchanged = " (nothing to do)" if entry.outcome == "unchanged" else ""
    return (
        f"{entry.seq:>6}  {rfc3339(entry.at)[:19]}Z  {entry.actor} ({entry.role}{key})  "
        f"{entry.act}{target}{unchanged}: {entry.reason}"
    )


def _use(use: Use) -> dict[str, str | None]:
    return {"at": rfc3339(use.at), "runId": use.run_id, "frameId": use.frame_id}


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "role": entry.role,
        "keyId": entry.key_id,
        "act": entry.act,
        "target": entry.target,
        "arguments": stored_loads(entry.arguments),
        "reason": entry.reason,
        "before": None if entry.before is None else stored_loads(entry.before),
        "after": None if entry.after is None else stored_loads(entry.after),
        "outcome": entry.outcome,
        "requestId": entry.request_id,
        "prevHash": entry.prev_hash.hex(),
        "rowHash": entry.row_hash.hex(),
    }
