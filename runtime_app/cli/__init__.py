"""Operator verbs, one file per noun. Every command gets the environment as `ctx.obj`."""

import click

from runtime_app import __version__
from runtime_app.cli.demo import demo
from runtime_app.cli.doctor import doctor
from runtime_app.cli.migrate import migrate
from runtime_app.cli.runs import runs
from runtime_app.cli.tokens import token
from runtime_app.cli.up import down, up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """The execution engine behind agent runs."""


for command in (up, down, demo, runs, token, doctor, migrate):
    cli.add_command(command)
