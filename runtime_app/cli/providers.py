"""`providers`: see breakers and budgets, and open, close or hold a breaker."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import configured, database
from runtime_app.clock import rfc3339
from runtime_app.config import Config
from runtime_app.resilience import store
from runtime_app.resilience.breaker import RULES, Breaker, BreakerPolicy
from runtime_app.resilience.classes import limits_of, of_credential
from runtime_app.resilience.keys import labels
from runtime_app.resilience.rate_budgets import budgets

_LONGEST_HOLD_S = 7 * 86_400


@click.group()
def providers() -> None:
    """Providers: their breakers, what moved them, their budgets."""


@providers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def list_providers(environ: Mapping[str, str], as_json: bool) -> None:
    """List all breakers, by key."""
    for breaker in store.breakers(database(configured(environ))):
        if as_json:
            click.echo(json.dumps(_facts(breaker)))
        else:
            held = "" if breaker.forced is None else f"  forced {breaker.forced}"
            click.echo(
                f"{breaker.key:<40} {breaker.state:<9} generation {breaker.generation:<6}"
                f" ok {breaker.ok} fault {breaker.fault} slow {breaker.slow}{held}"
            )


@providers.command()
@click.argument("key")
@click.option("--limit", default=20, type=click.IntRange(1, 1000), show_default=True)
@click.pass_obj
def show(environ: Mapping[str, str], key: str, limit: int) -> None:
    """Show one breaker and its last changes, newest first."""
    db = database(configured(environ))
    for name, value in _facts(_one(store.breakers(db, key), key)).items():
        click.echo(f"{name:<19} {'-' if value is None else value}")
    for change in store.changes(db, key, limit):
        until = "" if change.open_until is None else f" until {rfc3339(change.open_until)}"
        click.echo(
            f"{rfc3339(change.at)}  {change.from_state} -> {change.to_state}{until}"
            f"  generation {change.generation}: {RULES[change.rule]}"
        )


@providers.command("budgets")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line each.")
@click.pass_obj
def list_budgets(environ: Mapping[str, str], as_json: bool) -> None:
    """List what is left of each provider's requests and tokens a minute."""
    for row in budgets(database(configured(environ))):
        facts = {name: _shown(value) for name, value in row._asdict().items()}
        if as_json:
            click.echo(json.dumps(facts))
            continue
        left = ", ".join(
            f"{facts[bucket]} of {facts[f'{bucket}_capacity']} {bucket}"
            for bucket in ("requests", "tokens")
            if facts[bucket] is not None
        )
        until = facts["throttled_until"]
        throttled = "" if until is None else f"  throttled until {until}"
        waits = f"  {row.owners_waiting} owners wait" if row.owners_waiting else ""
        click.echo(f"{row.key:<40} {left}{throttled}{waits}")


@providers.command()
@click.argument("key")
@click.pass_obj
@act("provider.trip")
def trip(acting: Acting, key: str) -> None:
    """Open a breaker now, for its usual time.

    Then its probes decide.
    """
    _do(acting, key, "trip")


@providers.command()
@click.argument("key")
@click.pass_obj
@act("provider.reset")
def reset(acting: Acting, key: str) -> None:
    """Close a breaker now, and let go of one that is held."""
    _do(acting, key, "reset")


@providers.command()
@click.argument("key")
@click.argument("state", type=click.Choice(["open", "closed"]))
@click.option(
    "--for",
    "hold_s",
    required=True,
    type=click.FloatRange(1, _LONGEST_HOLD_S),
    help="Seconds after which it is what it would have been.",
)
@click.pass_obj
@act("provider.force")
def force(acting: Acting, key: str, state: store.Hold, hold_s: float) -> None:
    """Hold a breaker open or closed, whatever the outcomes say."""
    _do(acting, key, "force", hold=state, hold_s=hold_s)


def _do(acting: Acting, key: str, name: store.Act, **how: Any) -> None:
    if "" in labels(key):
        raise click.ClickException(f"a key is provider|class, like openai|chat; found {key!r}")
    policy = _policy(acting.config, key)
    with database(acting.config).transaction() as tx:
        before = store.breakers(tx, key)
        after = store.act(tx, key, name, policy, **how)
        acting.record(
            tx,
            target=key,
            arguments={label: value for label, value in how.items() if value is not None},
            before={"state": before[0].state if before else "closed"},
            after={"state": after.state, "generation": after.generation},
        )
    held = (
        "" if after.forced is None else f", held {after.forced} until {_when(after.forced_until)}"
    )
    click.echo(f"{key}: {after.state}{held}")


def _policy(config: Config, key: str) -> BreakerPolicy:
    if "|cred:" in key:
        return of_credential(config.breakers)
    by_class = {str(op): limits.breaker for op, limits in limits_of(config.breakers).items()}
    return by_class.get(labels(key)[1], config.breakers)


def _one(found: list[Breaker], key: str) -> Breaker:
    if not found:
        raise click.ClickException(f"there is no breaker {key!r}; `providers list` shows all")
    return found[0]


def _facts(breaker: Breaker) -> dict[str, Any]:
    return {
        name: _when(value) if isinstance(value, datetime) else value
        for name, value in ((name, getattr(breaker, name)) for name in Breaker.__slots__)
    }


def _shown(value: Any) -> Any:
    """Levels as whole numbers, moments as text."""
    if isinstance(value, float):
        return int(value)
    return _when(value) if isinstance(value, datetime) else value


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
