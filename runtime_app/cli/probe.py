"""`probe`: whether this process is well, for whoever can restart it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from runtime_app.clock import SystemClock
from runtime_app.config.table import SETTINGS


@click.group()
def probe() -> None:
    """Look at a process of this machine.

    Exit code 0 if it is well, else 1 and why.
    """


@probe.command("worker")
@click.pass_obj
def worker(environ: Mapping[str, str]) -> None:
    """Whether a worker still hears its own messages.

    The one with this environment: OA_HEALTH_FILE names its file.
    """
    health_file = _setting(environ, "OA_HEALTH_FILE")
    deaf_after_s = _setting(environ, "OA_DEAF_AFTER_S")
    problem = _deafness(health_file, deaf_after_s, SystemClock().now().timestamp())
    click.echo(problem or "the worker hears")
    sys.exit(1 if problem else 0)


def _deafness(health_file: str, deaf_after_s: float, now_s: float) -> str | None:
    if not health_file:
        return "OA_HEALTH_FILE is not set: set it for the worker and for this command alike"
    try:
        silent_s = now_s - Path(health_file).stat().st_mtime
    except FileNotFoundError:
        return f"{health_file} is not there: the worker does not consume its queue yet"
    if silent_s > deaf_after_s:
        return f"the worker has heard no message of its own for {silent_s:.0f} s: restart it"
    return None


def _setting(environ: Mapping[str, str], name: str) -> Any:
    """One setting alone: a probe runs often, and has no use for the others."""
    setting = next(each for each in SETTINGS if each.name == name)
    given = environ.get(name) or setting.default
    try:
        return setting.read(given) if given else ""
    except ValueError as error:
        raise click.ClickException(f"{name} {error}, not {given!r}") from error
