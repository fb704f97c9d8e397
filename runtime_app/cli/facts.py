"""How facts are printed: a line each, or as JSON."""

import json
from collections.abc import Mapping
from typing import Any

import click


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print them; what is not known is a dash, or null."""
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        click.echo(f"{name:<14} {'-' if value is None else value}")
