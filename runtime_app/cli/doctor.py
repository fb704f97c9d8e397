"""`doctor`: is everything there that the runtime needs; one line each, with the remedy."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

import click

from runtime_app.cli import database_checks, settings_checks
from runtime_app.cli.checks import Check, Subject, Verdict, examined
from runtime_app.cli.settings import configured, local_stack, of_stack
from runtime_app.providers.remotes import REMOTES

_MARKS = {True: "ok", False: "FAIL", None: "-"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(environ: Mapping[str, str], as_json: bool) -> None:
    """Check all that the runtime needs. Exit code 1 on any problem."""
    verdicts = []
    try:
        subject = _subject(environ)
    except click.ClickException as error:
        if not as_json:
            raise
        verdicts.append(Verdict("settings", False, error.message))
    else:
        for verdict in examined(subject, CHECKS):
            verdicts.append(verdict)
            if not as_json:
                click.echo(f"{_MARKS[verdict.ok]:<5} {verdict.name:<10} {verdict.says}")
    sound = all(verdict.ok for verdict in verdicts)
    if as_json:
        told = {"ok": sound, "checks": [asdict(verdict) for verdict in verdicts]}
        click.echo(json.dumps(told, indent=2))
    sys.exit(0 if sound else 1)


def _subject(environ: Mapping[str, str]) -> Subject:
    """The local stack with its own settings, or what the environment says.

    The keys of providers are not kept with the stack: looked at is what this shell has.
    """
    keys = {name: environ.get(remote.key_setting, "") for name, remote in REMOTES.items()}
    stack = None if environ.get("DATABASE_URL") else local_stack(environ)
    config = configured(environ) if stack is None else of_stack(stack, environ)
    return Subject(config, stack, keys)


CHECKS = (
    Check("settings", settings_checks.settings),
    Check("database", database_checks.database),
    Check("timeouts", database_checks.timeouts, after="database"),
    Check("clock", database_checks.clock, after="database"),
    Check("rights", database_checks.rights, after="database"),
    Check("schema", database_checks.schema, after="rights"),
    Check("listen", database_checks.listen, after="database"),
    Check("broker", settings_checks.broker),
    Check("keys", settings_checks.keys),
    Check("anchors", settings_checks.anchors),
    Check("disk", settings_checks.disk),
    Check("provider", settings_checks.provider),
)
