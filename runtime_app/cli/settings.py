"""Where a command works: on the given database, else on the local stack that is running."""

from collections.abc import Mapping

import click

from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.config import SETTINGS, BadSettings, Config
from runtime_app.db.database import Database
from runtime_app.dispatch.dispatcher import Dispatcher
from runtime_app.dispatch.jobs import Job
from runtime_app.local import background
from runtime_app.local.errors import StackError
from runtime_app.local.settings import home_of
from runtime_app.local.stack import StackState
from runtime_app.providers.remotes import REMOTES
from runtime_app.webhooks.endpoints import wanted


def local_stack(environ: Mapping[str, str]) -> StackState | None:
    """The local stack of this environment's home, if it is up."""
    try:
        return background.running(home_of(environ))
    except StackError as error:
        raise click.ClickException(str(error)) from error


def configured(environ: Mapping[str, str], *, as_owner: bool = False) -> Config:
    """The settings; without a `DATABASE_URL`, database, broker and keys of the running local stack.

    Those of the stack then hold whatever else is given: they belong together. A command wants all
    that is required, also where it is typed beside a process whose role needs less.

    Args:
        as_owner: on the local stack, work as the schema's owner and not as its processes do.
    Raises:
        click.ClickException: every setting that is missing or wrong.
    """
    values = {**environ, "OA_ROLE": "migrate" if as_owner else ""}
    state = None if values.get("DATABASE_URL") else local_stack(environ)
    if state is not None:
        values |= {
            "DATABASE_URL": state.owner_database_url if as_owner else state.database_url,
            "OA_DATABASE_DIRECT_URL": state.owner_database_url if as_owner else state.direct_url,
            "OA_BROKER_URL": state.broker_url,
            "OA_SANITIZER_KEYS": state.sanitizer_keys,
            "OA_SIGNING_KEYS": state.signing_keys,
            "OA_ARTIFACTS_URL": state.artifacts_url,
            "OA_ANCHOR_KEYS": state.anchor_keys,
        }
    try:
        return Config.from_env(values)
    except BadSettings as error:
        if state is None and not values.get("DATABASE_URL"):
            raise click.ClickException(
                "The local stack is not running: start it with `make run`. "
                f"To work on another one, give its settings:\n{error}"
            ) from error
        raise click.ClickException(str(error)) from error


def of_stack(stack: StackState, environ: Mapping[str, str]) -> Config:
    """The settings that the roles of a local stack were started with, whatever this shell says.

    Raises:
        click.ClickException: they cannot be read by this release.
    """
    own = {setting.name for setting in SETTINGS} - {"OA_OPERATOR"}
    values = {name: value for name, value in environ.items() if name not in own}
    values |= {
        **stack.settings,
        "DATABASE_URL": stack.database_url,
        "OA_DATABASE_DIRECT_URL": stack.direct_url,
        "OA_BROKER_URL": stack.broker_url,
        "OA_SANITIZER_KEYS": stack.sanitizer_keys,
        "OA_SIGNING_KEYS": stack.signing_keys,
        "OA_ARTIFACTS_URL": stack.artifacts_url,
        "OA_ANCHOR_KEYS": stack.anchor_keys,
        **{remote.key_setting: "kept by the stack" for remote in REMOTES.values()},
    }
    try:
        return Config.from_env(values)
    except BadSettings as error:
        raise click.ClickException(str(error)) from error


def database(config: Config) -> Database:
    """A database whose jobs reach the workers."""
    dispatcher, notices = _WhenAsked(config.broker_url), wanted(config.webhooks)
    return Database(config.database, dispatcher, sanitizer_of(config), notices)


class _WhenAsked:
    """A dispatcher that gets its producer with the first job: most commands send none."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._made: Dispatcher | None = None

    def dispatch(self, job: Job) -> None:
        if self._made is None:
            from runtime_app.dispatch.celery import CeleryDispatcher  # a third of a start

            self._made = CeleryDispatcher(self._broker_url)
        self._made.dispatch(job)
