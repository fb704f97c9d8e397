"""`token`: mint and inspect request tokens."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.errors import Unauthorized
from runtime_app.security import tokens


@click.group()
def token() -> None:
    """Request tokens (X-OA-RUNTIME-SIGNATURE)."""


@token.command()
@click.option("--user", "user_id", type=int, help="The user that the request speaks for.")
@click.option("--guest", "guest_scope", help="The guest, instead of a user.")
@click.option("--actor", help="The operator, instead of both; with --scope.")
@click.option("--scope", "scopes", multiple=True, help="What the operator may do; repeatable.")
@click.option("--run", "run_id", help="The run that the request names.")
@click.option("--thread", "thread_id", help="The thread that the request names.")
@click.option("--method", help="Bind the token to this method (with --path and --body).")
@click.option("--path", help="The path without the query string.")
@click.option("--body", default="", help="The exact body.")
@click.option("--ttl-s", default=60, type=click.IntRange(1, 300), show_default=True)
@click.pass_obj
@act("token.mint")
def mint(
    acting: Acting,
    user_id: int | None,
    guest_scope: str | None,
    actor: str | None,
    scopes: tuple[str, ...],
    run_id: str | None,
    thread_id: str | None,
    method: str | None,
    path: str | None,
    body: str,
    ttl_s: int,
) -> None:
    """Print a token for one request.

    Signed with the first key that may sign it.
    """
    if [user_id, guest_scope, actor].count(None) != 2:
        raise click.UsageError("give --user or --guest, or --actor with --scope")
    if (actor is None) != (not scopes):
        raise click.UsageError("--actor and --scope go together")
    if (method is None) != (path is None):
        raise click.UsageError("--method and --path go together")
    now_s = int(time.time())
    claims: dict[str, Any] = {
        "iat": now_s,
        "exp": now_s + ttl_s,
        "nonce": secrets.token_hex(16),
        "run_id": run_id,
        "thread_id": thread_id,
        "user_id": user_id,
        "guest_scope": guest_scope,
        "scope": list(scopes) or None,
        "actor": actor,
        "htm": method,
        "htp": path,
        "bsh": hashlib.sha256(body.encode()).hexdigest() if method else None,
    }
    keys = acting.config.key_ring.keys
    key = next((key for key in keys if key.scopes.issuperset(scopes)), None)
    if key is None:
        raise click.ClickException(f"no key of the ring grants {', '.join(scopes)}")
    given = {name: value for name, value in claims.items() if value is not None}
    kept = {name: value for name, value in given.items() if name not in ("nonce", "bsh")}
    with database(acting.config).transaction() as tx:
        acting.record(tx, key_id=key.key_id, target=run_id or thread_id, arguments=kept)
    click.echo(tokens.mint(key, given))


@token.command()
@click.argument("text")
@click.pass_obj
def inspect(environ: Mapping[str, str], text: str) -> None:
    """Say what a token claims and whether it holds now. Exit code 1 when it does not."""
    parts = text.split(".")
    if len(parts) == 3:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        try:
            shown = json.dumps(json.loads(base64.urlsafe_b64decode(padded)), indent=2)
        except ValueError:
            shown = "(the claims cannot be read)"
        click.echo(shown)
    try:
        claims = tokens.verify(text, None, configured(environ).key_ring, time.time())
    except Unauthorized as error:
        raise click.ClickException(f"does not hold: {error.message}") from error
    click.echo(f"holds, signed with key {claims.key_id}")
