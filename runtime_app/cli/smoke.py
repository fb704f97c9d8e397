"""`smoke`: use a running service once, over HTTP, and say which step fails."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

import click

from runtime_app import __version__
from runtime_app import smoke as visits
from runtime_app.cli.settings import local_stack
from runtime_app.clock import SystemClock
from runtime_app.security.key_ring import KeyRing, SigningKey


@click.command()
@click.option("--url", help="Base URL of the web role. Default: the local stack's.")
@click.option("--release", help="Named in the guest and the metadata. Default: OA_CODE_VERSION.")
@click.option(
    "--within-s",
    default=visits.WITHIN_S,
    type=click.FloatRange(1, 600),
    show_default=True,
    help="For all steps together.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per step.")
@click.pass_obj
def smoke(
    environ: Mapping[str, str], url: str | None, release: str | None, within_s: float, as_json: bool
) -> None:
    """Use a running service once, step by step.

    Start, stream, a tool, resume, cancel, integrity. Speaks HTTP only, as the guest smoke:RELEASE,
    to a scripted model; signs with the first key of OA_SIGNING_KEYS. Exit code 1 at the first step
    that fails.
    """
    base_url, key = _whom(environ, url)
    named = release or environ.get("OA_CODE_VERSION") or __version__
    failed = False
    for outcome in visits.visit(base_url, key, named, SystemClock(), within_s):
        failed = not outcome.ok
        click.echo(json.dumps(asdict(outcome)) if as_json else _line(outcome))
    sys.exit(1 if failed else 0)


def _whom(environ: Mapping[str, str], url: str | None) -> tuple[str, SigningKey]:
    """Where the service is, and a key that it believes."""
    if url is None:
        state = local_stack(environ)
        if state is None:
            raise click.ClickException(
                "The local stack is not running: start it with `make run`, or give --url."
            )
        return state.base_url, SigningKey(state.signing_key_id, state.signing_key.encode())
    try:
        return url.rstrip("/"), KeyRing.parse(environ.get("OA_SIGNING_KEYS", "")).keys[0]
    except ValueError as error:
        raise click.ClickException(f"OA_SIGNING_KEYS: {error}") from error


def _line(outcome: visits.Outcome) -> str:
    sign = "ok  " if outcome.ok else "FAIL"
    line = f"{sign}  {outcome.step:<10} {outcome.took_ms:>6} ms  {outcome.found}"
    return f"{line}\n      {outcome.remedy}" if outcome.remedy else line
