"""Commands that are acts: they name an actor, want a reason, and leave a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from runtime_app.audit import journal
from runtime_app.audit.act import Act, Actor
from runtime_app.cli.settings import configured
from runtime_app.config import Config
from runtime_app.db.transaction import Transaction
from runtime_app.local import account

_BY_DATABASE = "cli"


@dataclass(frozen=True, slots=True)
class Acting:
    """An act that a command is about to do: by whom, why, and with which settings."""

    name: str
    actor: str
    reason: str
    config: Config

    def record(self, tx: Transaction, *, key_id: str | None = None, **facts: Any) -> None:
        """Record it in the transaction that does it; `facts` are the other fields of `Act`."""
        actor = Actor(self.actor, _BY_DATABASE, key_id)
        journal.record(tx, Act(self.name, actor, self.reason, **facts))


def act(
    name: str, *, reason: str | None = None, as_owner: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command the act `name`: it takes --reason, and its function an `Acting` first.

    Args:
        reason: for acts that are their own reason; without one it has to be given.
        as_owner: whether it needs the schema's owner.
    """

    def mark(function: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--reason",
            **({"required": True} if reason is None else {"default": reason, "show_default": True}),
            callback=_some_words,
            help="Why; kept in the audit log.",
        )
        @wraps(function)
        def command(environ: Mapping[str, str], *args: Any, reason: str, **options: Any) -> None:
            config = configured(environ, as_owner=as_owner)
            acting = Acting(name, _actor(environ, config), reason, config)
            function(acting, *args, **options)

        command.act = name  # type: ignore[attr-defined]
        return command

    return mark


def _some_words(_ctx: click.Context, _option: click.Parameter, reason: str) -> str:
    if not reason.strip():
        raise click.BadParameter("say why")
    return reason


def _actor(environ: Mapping[str, str], config: Config) -> str:
    """Who acts: OA_OPERATOR; on the local stack, whoever is logged in here."""
    if config.operator:
        return config.operator
    if environ.get("DATABASE_URL"):
        raise click.ClickException(
            "Who are you? This is kept in the audit log: set OA_OPERATOR to your name."
        )
    return account.login_name()
