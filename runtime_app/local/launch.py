"""Bring a whole stack up, keep it up, take it down."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runtime_app.clock import Clock, SystemClock
from runtime_app.config import SETTINGS
from runtime_app.local import account, broker, guard, leftovers, lock, ports, postgres, programs
from runtime_app.local.credentials import (
    ANCHOR_KEY_ID,
    FLOWER_USER,
    SANITIZER_KEY_ID,
    Credentials,
    first_key,
    load_or_make,
    own_ring,
)
from runtime_app.local.home import Home
from runtime_app.local.ports import LOOPBACK
from runtime_app.local.programs import Wiring
from runtime_app.local.roles import APPLICATION, MIGRATION, SERVERS
from runtime_app.local.settings import PROJECT, LocalSettings
from runtime_app.local.spawn import Program
from runtime_app.local.stack import StackState, roles_of
from runtime_app.local.supervisor import Happening, Started, Supervisor
from runtime_app.local.wakeup import Wakeup
from runtime_app.roles import Role

UP_WITHIN_S = 60.0
_LEFTOVERS_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Table:
    """What a stack consists of, besides its servers."""

    application: Sequence[Role] = APPLICATION
    migration: Role | None = MIGRATION


def run(
    settings: LocalSettings,
    environ: Mapping[str, str],
    *,
    tell: Callable[[Happening], None],
    up: Callable[[StackState], None],
    table: Table = Table(),
    project: Path = PROJECT,
    clock: Clock | None = None,
) -> None:
    """Run the stack of `settings.home` until a signal ends it; main thread only.

    Args:
        environ: passed on to every role of ours, with the stack's addresses and keys added.
        tell: hears of every role that starts, is up, or dies.
        up: called once, when all are up and `stack.json` is there.
    Raises:
        AlreadyRunning: another supervisor holds the home.
        RoleFailed: a role was not up within 60 s.
        StopRequested: a signal came before all were up.
        StackError: anything else that keeps it from starting; names the remedy.
    Effects: everything under `{home}`; on return or error, no process is left.
    """
    home = settings.home
    home.make()
    with lock.held(home), Wakeup() as wakeup, guard.watching(home):
        home.state.unlink(missing_ok=True)
        leftovers.sweep(home, patience_s=_LEFTOVERS_PATIENCE_S)
        record = _Record(home, tell)
        supervisor = Supervisor(wakeup, clock or SystemClock(), record.hear)
        try:
            state = _bring_up(settings, environ, supervisor, table, project)
            record.publish(state)
            up(replace(state, roles=roles_of(record.pids)))
            supervisor.supervise()
        finally:
            home.state.unlink(missing_ok=True)
            supervisor.stop()


class _Record:
    """Keeps `stack.json` true: the last known process id of every role."""

    def __init__(self, home: Home, tell: Callable[[Happening], None]) -> None:
        self.pids: dict[str, int] = {}
        self._home = home
        self._tell = tell
        self._state: StackState | None = None

    def hear(self, happening: Happening) -> None:
        if isinstance(happening, Started):
            self.pids[happening.role] = happening.pid
            self._write()
        self._tell(happening)

    def publish(self, state: StackState) -> None:
        self._state = state
        self._write()

    def _write(self) -> None:
        if self._state:
            replace(self._state, roles=roles_of(self.pids)).write(self._home)


def _bring_up(
    settings: LocalSettings,
    environ: Mapping[str, str],
    supervisor: Supervisor,
    table: Table,
    project: Path,
) -> StackState:
    home = settings.home
    credentials = load_or_make(home)
    wanted = {
        "port": ports.asked_port(settings.port, "OA_PORT"),
        "page_port": ports.asked_port(settings.page_port, "OA_PAGE_PORT"),
        "flower_port": ports.asked_port(settings.flower_port, "OA_FLOWER_PORT"),
        "ops_port": ports.asked_port(settings.ops_port, "OA_OPS_PORT"),
    }
    servers, addresses, owner_url = _servers(settings, environ, credentials)
    supervisor.start(servers)
    supervisor.wait_ready(UP_WITHIN_S)

    sanitizer_keys = settings.sanitizer_keys or f"{SANITIZER_KEY_ID}:{credentials.sanitizer_key}"
    signing_keys = settings.signing_keys or own_ring(credentials)
    anchor_keys = environ.get("OA_ANCHOR_KEYS") or f"{ANCHOR_KEY_ID}:{credentials.anchor_key}"
    artifacts_url = environ.get("OA_ARTIFACTS_URL") or home.artifacts.as_uri()
    told = {
        **addresses,
        "OA_SIGNING_KEYS": signing_keys,
        "OA_SANITIZER_KEYS": sanitizer_keys,
        "OA_ANCHOR_KEYS": anchor_keys,
        "OA_ARTIFACTS_URL": artifacts_url,
        "OA_HOME": str(home.path),
        "OA_ENV": "local",
        "OA_DRAIN_S": "4",
        "OA_CHILD_DRAIN_S": "4",
        "FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{credentials.flower_password}",
        "FLOWER_COOKIE_SECRET": credentials.flower_cookie_secret,
        "PYTHONUNBUFFERED": "1",
    }
    told.setdefault(
        "OA_AUTH_REQUIRE_REQUEST_BINDING", environ.get("OA_AUTH_REQUIRE_REQUEST_BINDING") or "off"
    )
    inherited = environ if settings.database_url else postgres.without_pg(environ)
    wiring = Wiring(
        home=home,
        project=project,
        environ={**inherited, **told},
        model=settings.model,
        **wanted,
    )
    if table.migration:
        own = {"OA_OPERATOR": environ.get("OA_OPERATOR") or account.login_name()}
        if not settings.database_url:
            own |= _as_owner(owner_url, app_url=addresses["DATABASE_URL"])
        told_migration = replace(wiring, environ={**wiring.environ, **own})
        supervisor.run_once(programs.for_role(table.migration, told_migration), UP_WITHIN_S)
    supervisor.start(programs.for_application(table.application, wiring))
    supervisor.wait_ready(UP_WITHIN_S)

    key_id, key = first_key(signing_keys)
    return StackState(
        base_url=f"http://{LOOPBACK}:{wiring.port}",
        page_url=f"http://{LOOPBACK}:{wiring.page_port}",
        ops_url=f"http://{LOOPBACK}:{wiring.ops_port}",
        flower_url=f"http://{LOOPBACK}:{wiring.flower_port}",
        flower_user=FLOWER_USER,
        flower_password=credentials.flower_password,
        database_url=addresses["DATABASE_URL"],
        direct_url=addresses["OA_DATABASE_DIRECT_URL"],
        owner_database_url=owner_url,
        broker_url=addresses["OA_BROKER_URL"],
        signing_key_id=key_id,
        signing_key=key,
        sanitizer_keys=sanitizer_keys,
        supervisor_pid=os.getpid(),
        roles={},
        signing_keys=signing_keys,
        home=str(home.path),
        settings={**_plain(wiring.environ), "OA_DEFAULT_MODEL": settings.model},
        artifacts_url=artifacts_url,
        anchor_keys=anchor_keys,
    )


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that are given there and are no secrets."""
    plain = {setting.name for setting in SETTINGS if not setting.secret}
    return {name: value for name, value in environ.items() if name in plain and value}


def _servers(
    settings: LocalSettings, environ: Mapping[str, str], credentials: Credentials
) -> tuple[list[Program], dict[str, str], str]:
    """The servers that the user has not brought, the addresses of all, the database owner's URL.

    A database that the user has brought has one user: theirs.
    """
    home = settings.home
    path = environ.get("PATH", "")
    by_name = {role.name: role for role in SERVERS}
    database_url, direct_url, broker_url = (
        settings.database_url,
        settings.direct_url,
        settings.broker_url,
    )
    servers = []
    owner_url = direct_url or ""
    if not database_url:
        port = ports.kept_port(home, "postgres")
        embedded = postgres.prepared(home, port, credentials.database_password)
        servers.append(programs.for_postgres(by_name["postgres"], embedded, path))
        owner_url = embedded.url
        database_url = direct_url = embedded.url_of(postgres.APP, credentials.database_app_password)
    if not broker_url:
        queue = broker.prepared(home, ports.kept_port(home, "broker"), credentials.broker_password)
        servers.append(programs.for_broker(by_name["broker"], queue, path))
        broker_url = queue.url
    addresses = {
        "DATABASE_URL": database_url,
        "OA_DATABASE_DIRECT_URL": direct_url or database_url,
        "OA_BROKER_URL": broker_url,
    }
    return servers, addresses, owner_url


def _as_owner(owner_url: str, app_url: str) -> dict[str, str]:
    """What lets the migration own the schema, and let the other roles in."""
    return {
        "DATABASE_URL": owner_url,
        "OA_DATABASE_DIRECT_URL": owner_url,
        "OA_DATABASE_APP_URL": app_url,
    }
