"""COMMANDS.md: every command of the operator, with its options."""

from collections.abc import Iterator

import click

from docs import words
from docs.page import page, table
from runtime_app.cli import cli


def commands() -> str:
    """Every command, in the order of `oa-runtime --help`."""
    blocks: list[str] = []
    for name, command in _inner(cli):
        if isinstance(command, click.Group):
            rows = [_row(f"{name} {each}", inner) for each, inner in _inner(command)]
            summary = command.get_short_help_str(limit=200)
        else:
            rows, summary = [_row(name, command)], ""
        blocks += [f"## {name}", *([summary] if summary else []), table(_TITLES, rows)]
    return page("Commands", ("runtime_app/cli/__init__.py",), words.COMMANDS, *blocks)


_TITLES = ("command", "does", "options")


def _inner(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield name, command


def _row(name: str, command: click.Command) -> tuple[str, str, str]:
    arguments = [p.make_metavar(click.Context(command)) for p in command.params if _is_argument(p)]
    options = [_option(p) for p in command.params if isinstance(p, click.Option)]
    does = " ".join((command.help or "").split())
    return f"`{' '.join((name, *arguments))}`", does, ", ".join(options)


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _option(option: click.Option) -> str:
    name = f"`{option.opts[-1]}`"
    return f"{name} (required)" if option.required else name
