"""`schema.sql`, the migrated schema as one page: `python -m migrations.dump_schema [--check]`.

It is read from the catalogs, not by pg_dump, so that every supported Postgres gives the same text,
and it can be run as it is on an empty database.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.migrate import migrate, newest
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import beside
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.local import leftovers, lock, ports, postgres, programs
from runtime_app.local.credentials import load_or_make
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.local.roles import SERVERS
from runtime_app.local.settings import PROJECT
from runtime_app.local.supervisor import Supervisor
from runtime_app.local.wakeup import Wakeup
from runtime_app.sanitizer import PseudonymKeys, Sanitizer

SCHEMA = Path(__file__).with_name("schema.sql")
SECTIONS = (
    "roles",
    "schemas",
    "types",
    "tables",
    "partitions",
    "foreign_keys",
    "indexes",
    "functions",
    "views",
    "triggers",
    "revokes",
    "grants",
    "default_grants",
)

_SQL = beside(__file__, "dump_schema.sql")
_UP_WITHIN_S = 60.0
_HEADER = """\
-- The schema at revision {revision}, as the migrations make it. Written by `make schema`: change it
-- by a new revision, never here.
"""


class NotDumped(Exception):
    """The schema holds things that `dump_schema.sql` does not read yet; teach it."""


def dump(url: str) -> str:
    """The text of `schema.sql` for the migrated database at `url`.

    Raises:
        NotDumped: something would be missing from it.
    """
    # Nothing is stored; a key that nobody keeps will do.
    sanitizer = Sanitizer(PseudonymKeys.parse(f"d:{token_hex(32)}"), sys.stderr.write)
    db = Database(DatabaseSettings(url, url), NoDispatcher(), sanitizer)
    try:
        with db.transaction() as tx:
            tx.execute(_SQL["name_everything_in_full"])
            unread = [row.thing for row in tx.all(_SQL["not_dumped"])]
            if unread:
                raise NotDumped(f"dump_schema.sql does not read: {', '.join(unread)}")
            statements = [row.ddl for name in SECTIONS for row in tx.all(_SQL[name])]
    finally:
        db.close()
    return "\n".join([_HEADER.format(revision=newest()), *(f"{each}\n" for each in statements)])


def main(arguments: Sequence[str]) -> int:
    """Write the file, or with `--check` say whether it is fresh; the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m migrations.dump_schema [--check]\n")
        return 2
    try:
        with _scratch_database() as url:
            migrate(url)
            text = dump(url)
    except (StackError, NotDumped) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    if not arguments:
        SCHEMA.write_text(text, encoding="utf-8")
    elif not SCHEMA.exists() or SCHEMA.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{SCHEMA.name} is stale; run `make schema`\n")
        return 1
    return 0


@contextmanager
def _scratch_database() -> Iterator[str]:
    """The URL of an empty database, on a server that lives for the length of the block."""
    home = Home(PROJECT / ".local" / "schema-dump")
    home.make()
    role = next(role for role in SERVERS if role.name == "postgres")
    with lock.held(home), Wakeup() as wakeup:
        _clear(home)
        supervisor = Supervisor(wakeup, SystemClock(), lambda _happening: None)
        try:
            password = load_or_make(home).database_password
            server = postgres.prepared(home, ports.free_port(), password)
            supervisor.start([programs.for_postgres(role, server, os.defpath)])
            supervisor.wait_ready(_UP_WITHIN_S)
            yield server.url
        finally:
            supervisor.stop()
            shutil.rmtree(home.path)


def _clear(home: Home) -> None:
    """Remove what a killed dump left: its server, and a database that may be half migrated."""
    leftovers.sweep(home)
    shutil.rmtree(home.postgres, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
