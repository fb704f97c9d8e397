"""Operator verbs, one file per noun. Every command gets the environment as `ctx.obj`.

A command is imported when it is asked for: `up` supervises for days and has no use for an engine.
"""

from collections.abc import Mapping
from importlib import import_module

import click

from runtime_app import __version__

#: verb -> the module of this room that has a command of that name.
COMMANDS: Mapping[str, str] = {
    "up": "up",
    "down": "up",
    "page": "page",
    "demo": "demo",
    "runs": "runs",
    "quarantine": "quarantine",
    "providers": "providers",
    "webhooks": "webhooks",
    "memory": "memory",
    "projections": "projections",
    "spend": "spend",
    "ds": "ds",
    "token": "tokens",
    "audit": "audit",
    "keys": "keys",
    "doctor": "doctor",
    "probe": "probe",
    "smoke": "smoke",
    "migrate": "migrate",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        room = COMMANDS.get(cmd_name)
        if room is None:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{room}"), cmd_name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """The execution engine behind agent runs."""
