"""An embedded Postgres: own data, own password, loopback only, a foreground child.

Its programs are used, never a wrapper's API. Nothing about durability is relaxed: what was
committed is there after any kill.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime_app.local import account, leftovers, postgres_programs, spawn
from runtime_app.local.account import Account
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.local.ports import LOOPBACK
from runtime_app.local.postgres_programs import PostgresPrograms

OWNER = DATABASE = "openagents"
# What the application's processes log in as; it owns nothing.
APP = "openagents_app"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# C.UTF-8 where the system knows it; plain C everywhere else.
_LOCALES = ("C.UTF-8", "C")


@dataclass(frozen=True)
class Postgres:
    """A server that `prepared` has made ready to start.

    Args:
        programs: runnable by `account`.
        account: under which it runs, and who owns its data.
    """

    home: Home
    programs: PostgresPrograms
    account: Account
    port: int
    password: str

    @property
    def url(self) -> str:
        """For the owner of the database and of all that is in it."""
        return self.url_of(OWNER, self.password)

    def url_of(self, user: str, password: str) -> str:
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def arguments(self) -> list[str]:
        """What follows the program's name."""
        settings = {**SETTINGS, "port": str(self.port)}
        flags = [f"--{name}={value}" for name, value in settings.items()]
        return ["-D", str(self.home.postgres_data), *flags]

    def ready(self) -> bool:
        """Whether the owner can connect to the database; makes the database at the first look.

        Raises:
            StackError: the server is up and refuses our password: it never will be ready.
        """
        said = self._client("psql", "-X", "-d", DATABASE, "-c", "").stderr
        if f'database "{DATABASE}" does not exist' in said:
            said = self._client("createdb", DATABASE).stderr
        if "password authentication failed" in said:
            raise StackError(
                f"the database in {self.home.postgres} refuses the password of {self.home.secrets}",
                "Restore the secrets that belong to it, or remove both to begin anew.",
            )
        return not said

    def clear_stale_pid(self) -> None:
        """Remove what a killed server left: its processes, then its pid file.

        The pid in the file may meanwhile be another program's, and Postgres would not start.
        Whoever holds the home's lock knows better.
        """
        leftovers.sweep(self.home, "postgres")
        (self.home.postgres_data / "postmaster.pid").unlink(missing_ok=True)

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        where = ["-h", LOOPBACK, "-p", str(self.port), "-U", OWNER, "-w"]
        return subprocess.run(
            [self.programs[program], *where, *arguments],
            env=own_environ(os.defpath) | {"PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "2"},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )


def prepared(home: Home, port: int, password: str) -> Postgres:
    """Find the programs, choose the account, make the data folder where there is none.

    Raises:
        StackError: no suitable Postgres, no suitable account, or initdb failed.
    Effects: `{home}/postgres/`, owned by the account.
    """
    home.postgres.mkdir(mode=0o755, exist_ok=True)
    home.postgres.chmod(0o755)
    chosen = account.choose(home.postgres)
    programs = postgres_programs.find(_major_of(home.postgres_data))
    if not account.may_run(chosen, [programs["postgres"], "--version"]):
        programs = programs.copied_to(home.postgres)
    if home.postgres_data.is_dir():
        account.give(home.postgres_data, chosen)
    else:
        _initialise(home, programs, chosen, password)
    return Postgres(home, programs, chosen, port, password)


def own_environ(path: str) -> dict[str, str]:
    """A small environment: PG* variables of the caller would redirect or break the server."""
    return {"PATH": path, "LC_ALL": "C", "TZ": "UTC"}


def without_pg(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` less the variables that would send a client somewhere else than its URL says."""
    return {name: value for name, value in environ.items() if not name.startswith("PG")}


def _initialise(home: Home, programs: PostgresPrograms, owner: Account, password: str) -> None:
    # In a scratch folder first: a data folder exists complete or not at all.
    scratch = home.postgres / "data.new"
    password_file = home.postgres / "password"
    problem = ""
    for locale in _LOCALES:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        for path in (scratch, password_file):
            os.chown(path, *owner.owner)
        done = _initdb(programs, owner, scratch, password_file, locale)
        password_file.unlink()
        if done.returncode == 0:
            scratch.rename(home.postgres_data)
            return
        problem = done.stdout
    raise StackError(f"initdb failed in {home.postgres}:\n{problem.strip()}")


def _initdb(
    programs: PostgresPrograms, owner: Account, data: Path, password_file: Path, locale: str
) -> subprocess.CompletedProcess[str]:
    argv = [programs["initdb"], "-D", str(data), "-U", OWNER, "-A", "scram-sha-256"]
    argv += [f"--pwfile={password_file}", "-E", "UTF8", f"--locale={locale}"]
    return subprocess.run(
        spawn.tied(argv, account=owner.spelling),
        env=own_environ(os.defpath),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )


def _major_of(data: Path) -> int | None:
    version = data / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None
