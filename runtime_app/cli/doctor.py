"""`doctor`: is everything there that the runtime needs; one line each, with the remedy."""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from runtime_app.cli.settings import configured
from runtime_app.config import Config
from runtime_app.db import migrate, revision
from runtime_app.db.listen import Listener
from runtime_app.dispatch.celery import broker_problem
from runtime_app.errors import Unavailable
from runtime_app.security.key_ring import ADVISED_SECRET_BYTES, KeyRing, SigningKey


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at: `look` returns what it found, or raises `Problem`."""

    name: str
    look: Callable[[Config], str]


class Problem(Exception):
    """What is wrong, and what to do."""


@click.command()
@click.pass_obj
def doctor(environ: Mapping[str, str]) -> None:
    """Check settings, database, schema, LISTEN, broker and keys. Exit code 1 on any problem."""
    config = configured(environ)
    failed = 0
    for check in CHECKS:
        try:
            click.echo(f"ok    {check.name:<10} {check.look(config)}")
        except Problem as problem:
            failed += 1
            click.echo(f"FAIL  {check.name:<10} {problem}")
    sys.exit(1 if failed else 0)


def _settings(config: Config) -> str:
    return f"release {config.defaults.code_version}, model {config.defaults.model}"


def _schema(config: Config) -> str:
    try:
        found, wanted = migrate.current(config.database.direct_url), revision.newest()
    except Unavailable as error:
        raise Problem(str(error).strip().splitlines()[0]) from error
    if found != wanted:
        raise Problem(f"is at {found}, this release wants {wanted}: run `oa-runtime migrate`")
    return f"Postgres reachable, schema at {found}"


def _listen(config: Config) -> str:
    listener = Listener(
        config.database.direct_url, [], lambda _channel, _payload: None, lambda: None
    )
    logging.getLogger(Listener.__module__).setLevel(logging.CRITICAL)  # the verdict says it all
    listener.start()
    heard = listener.wait_connected(2)
    listener.stop()
    if not heard:
        raise Problem(
            "no notification came back in 2 s: where Postgres can be reached, "
            "OA_DATABASE_DIRECT_URL must not lead through a pooler"
        )
    return "a notification came back"


def _broker(config: Config) -> str:
    problem = broker_problem(config.broker_url)
    if problem is not None:
        raise Problem(f"{problem}: runs are accepted, but wait for the broker")
    return "reachable"


def _keys(config: Config) -> str:
    return ", ".join(_key(key, config.key_ring) for key in config.key_ring.keys)


def _key(key: SigningKey, ring: KeyRing) -> str:
    facts = [ring.slot(key), *sorted(key.scopes)]
    if len(key.secret) < ADVISED_SECRET_BYTES:
        facts.append(f"{len(key.secret)} bytes; {ADVISED_SECRET_BYTES} are better: rotate it")
    return f"{key.key_id} ({', '.join(facts)})"


CHECKS = (
    Check("settings", _settings),
    Check("database", _schema),
    Check("listen", _listen),
    Check("broker", _broker),
    Check("keys", _keys),
)
