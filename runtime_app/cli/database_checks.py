"""Is Postgres there, and as it has to be?"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.cli.checks import Problem, Subject
from runtime_app.clock import SystemClock
from runtime_app.db import facts, revision
from runtime_app.db.database import Database
from runtime_app.db.listen import Listener
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.errors import Unavailable

OLDEST_VERSION = 15
#: Tokens may be 30 s early; what compares clocks (stream lag, ages) wants much less.
MOST_APART_S = 1.0
HEARD_WITHIN_S = 2.0


@contextmanager
def _database(subject: Subject) -> Iterator[Database]:
    config = subject.config
    db = Database(config.database, NoDispatcher(), sanitizer_of(config))
    try:
        yield db
    finally:
        db.close()


def database(subject: Subject) -> str:
    """Reachable, new enough; LISTEN and migrations past any pooler."""
    settings = subject.config.database
    try:
        with _database(subject) as db:
            found = facts.facts(db)
        pooled = facts.pooler_between(settings.url)
        hidden = facts.pooler_between(settings.direct_url)
    except (Unavailable, psycopg2.Error) as error:
        raise Problem(f"cannot be reached: {_cause(error)}") from error
    if found.version_num // 10_000 < OLDEST_VERSION:
        raise Problem(f"is Postgres {found.version}: {OLDEST_VERSION} or newer is needed")
    if hidden:
        raise Problem(
            "OA_DATABASE_DIRECT_URL leads through a pooler: give it the address of Postgres itself"
        )
    way = "through a pooler" if pooled else "directly"
    return f"Postgres {found.version}, as {found.login}, {way}"


def timeouts(subject: Subject) -> str:
    """Whether the limits that each connection asks for are in force."""
    settings = subject.config.database
    wanted = {
        "statement": settings.statement_timeout_ms,
        "lock": settings.lock_timeout_ms,
        "idle in transaction": settings.idle_in_transaction_timeout_ms,
    }
    with _database(subject) as db:
        found = facts.facts(db).timeouts
    missing = [name for name, ms in wanted.items() if found[name] != f"{ms // 1000}s"]
    if missing:
        shown = ", ".join(f"{name} {found[name]}" for name in missing)
        raise Problem(
            f"{shown}: the pooler keeps the options of a connection back; let it pass `options`, "
            "or set these timeouts with ALTER ROLE for the login"
        )
    return ", ".join(f"{name} {text}" for name, text in found.items())


def clock(subject: Subject) -> str:
    """How far the database's clock is from this machine's."""
    system = SystemClock()
    with _database(subject) as db:
        facts.facts(db)  # the connection is made by now
        before = system.now()
        theirs = facts.facts(db).now
        after = system.now()
    apart_s = (theirs - before - (after - before) / 2).total_seconds()
    if abs(apart_s) > MOST_APART_S:
        where = "ahead" if apart_s > 0 else "behind"
        raise Problem(
            f"the database is {abs(apart_s):.3f} s {where}: "
            "let both machines follow the same time servers (NTP)"
        )
    return f"the database's is {abs(apart_s):.3f} s from ours"


def schema(subject: Subject) -> str:
    """Whether the schema is this release's, or a later one's."""
    wanted = revision.newest()
    with _database(subject) as db:
        found = revision.reachable_revision(db)
    if found is None or not revision.serves(found):
        shown = found or "nothing"
        raise Problem(f"is at {shown}, this release wants {wanted}: run `oa-runtime migrate`")
    return f"at {found}" + ("" if found == wanted else f", later than this release's {wanted}")


def rights(subject: Subject) -> str:
    """Whether the login may do what the processes do."""
    with _database(subject) as db:
        found = facts.rights(db)
    if found is None:
        return "there is nothing yet to have any for"
    if not found.may_append:
        raise Problem(
            "the login may not write the log: run `oa-runtime migrate` as the schema's owner, with "
            "this login in OA_DATABASE_APP_URL"
        )
    if found.owns or found.superuser:
        return "those of the schema's owner; a login of their own is better for the processes"
    return "those of oa_app"


def listen(subject: Subject) -> str:
    """Whether a notification comes back to whoever sends it."""
    url = subject.config.database.direct_url
    listener = Listener(url, [], lambda _channel, _payload: None, lambda: None)
    logging.getLogger(Listener.__module__).setLevel(logging.CRITICAL)  # the verdict says it all
    listener.start()
    heard = listener.wait_connected(HEARD_WITHIN_S)
    listener.stop()
    if not heard:
        raise Problem(
            f"no notification came back in {HEARD_WITHIN_S:g} s: where Postgres can be reached, "
            "OA_DATABASE_DIRECT_URL must not lead through a pooler"
        )
    return "a notification came back"


def _cause(error: Exception) -> str:
    """The first line of what the driver says; it names host and login, no password."""
    return str(error.__cause__ or error).strip().splitlines()[0]
