"""`keys`: see the signing keys, make a new one, find out what one has done."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, timedelta

import click

from runtime_app.cli.settings import configured, database
from runtime_app.clock import SystemClock, rfc3339
from runtime_app.security.key_ring import ADVISED_SECRET_BYTES, KeyRing, SigningKey
from runtime_app.security.key_uses import uses_of

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.group()
def keys() -> None:
    """Signing keys of callers: list, rotate, what one has done."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_keys(environ: Mapping[str, str], as_json: bool) -> None:
    """List the ring, the current key first; never a secret."""
    ring = configured(environ).key_ring
    if as_json:
        listed = [
            {
                "keyId": key.key_id,
                "slot": ring.slot(key),
                "scopes": sorted(key.scopes),
                "secretBytes": len(key.secret),
            }
            for key in ring.keys
        ]
        click.echo(json.dumps({"keys": listed}, indent=2))
        return
    for key in ring.keys:
        scopes = "+".join(sorted(key.scopes)) or "-"
        click.echo(f"{key.key_id:<24} {ring.slot(key):<9} {len(key.secret):>3} bytes  {scopes}")


@keys.command()
@click.option("--replace", help="The key to replace; by default the ring's first.")
@click.option("--id", "new_id", help="The new key's id; by default one with today's date.")
@click.pass_obj
def rotate(environ: Mapping[str, str], replace: str | None, new_id: str | None) -> None:
    """Make a new key and print it with the steps. Changes nothing by itself.

    The secret is printed once and kept nowhere.
    """
    ring = configured(environ).key_ring
    old = _of(ring, replace) if replace else ring.keys[0]
    today = SystemClock().now().astimezone(UTC).strftime("%Y%m%d")
    name = new_id or f"k{today}-{secrets.token_hex(2)}"
    secret = secrets.token_urlsafe(ADVISED_SECRET_BYTES)
    entry = ":".join([name, secret, *(["+".join(sorted(old.scopes))] if old.scopes else [])])
    try:
        new = KeyRing.parse(entry)
    except ValueError as error:
        raise click.ClickException(f"--id: {error}") from error
    if name in {key.key_id for key in ring.keys}:
        raise click.ClickException(f"--id: the ring has a key {name!r} already")
    click.echo(_STEPS.format(new=name, old=old.key_id, entry=entry, both=_both(ring, old, new)))


@keys.command()
@click.argument("key_id")
@click.option("--since", default="24h", show_default=True, help="A number with m, h or d.")
@click.option("--limit", default=1000, type=click.IntRange(1, 100_000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def used(environ: Mapping[str, str], key_id: str, since: str, limit: int, as_json: bool) -> None:
    """List runs and frames that came in under a key, newest first."""
    db = database(configured(environ))
    for use in uses_of(db, key_id, SystemClock().now() - _ago(since), limit):
        if as_json:
            facts = {"at": rfc3339(use.at), "runId": use.run_id, "frameId": use.frame_id}
            click.echo(json.dumps(facts))
        else:
            what = "run  " if use.frame_id is None else "frame"
            click.echo(f"{rfc3339(use.at)}  {what}  {use.run_id}  {use.frame_id or '-'}")


def _of(ring: KeyRing, key_id: str) -> SigningKey:
    try:
        return ring.key(key_id)
    except KeyError:
        known = ", ".join(key.key_id for key in ring.keys)
        raise click.ClickException(f"the ring has no key {key_id!r}; it has {known}") from None


def _both(ring: KeyRing, old: SigningKey, new: KeyRing) -> str:
    """The ids of the ring with the new key before the one that it replaces."""
    place = ring.keys.index(old)
    keys_ = (*ring.keys[:place], *new.keys, *ring.keys[place:])
    return ", ".join(key.key_id for key in keys_)


def _ago(text: str) -> timedelta:
    number, unit = text[:-1], _UNITS.get(text[-1:])
    if unit is None or not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise click.UsageError("--since is a number with m, h or d: 90m, 24h, 7d")
    return timedelta(**{unit: int(number)})


_STEPS = """\
new key: {entry}

Keep it where your secrets are; it is not stored here and cannot be shown again.

1. Put it into OA_SIGNING_KEYS right before the entry of {old}, and leave that in:
   the ids are then {both}. Restart the web processes one after the other.
2. GET /readyz of every web process lists both ids under "keys". Not before that:
3. let the signers use {new}.
4. Wait until tokens of the slot "previous" no longer come: 15 minutes without one.
   (A token lives for 300 s at most.)
5. Take {old} out of OA_SIGNING_KEYS. Restart the web processes one after the other.

To go back, undo the last step. docs/OPERATIONS.md has it in full, and what to do when a key has
leaked."""
