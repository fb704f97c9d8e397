"""One stack for the whole test run, whichever process of it comes first; and fresh databases.

Tests that break things start a stack of their own (`tests.support.stack.running_stack`).
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from runtime_app.db.database import Database
from runtime_app.db.migrate import migrate
from runtime_app.db.settings import DatabaseSettings
from tests.support import postgres
from tests.support.api import Api
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import Session
from tests.support.replayed import replay_all
from tests.support.sanitizer import SANITIZER
from tests.support.stack import PROJECT, environment

_HOME = "OA_TEST_HOME"
_TEMPLATE = "oa_template"
# One user starts nearly all runs of the test run, and ends few of them. An autopilot's runs wait
# for each other.
_ROOMY = {
    "OA_MAX_RUNS_PER_OWNER": "1000000",
    "OA_SLOTS_PER_OWNER": "1000",
    "OA_SLOTS_PER_AUTOPILOT": "1",
}


def choose_home(config: pytest.Config) -> None:
    """The controller picks the folder; its workers inherit the choice."""
    if not hasattr(config, "workerinput"):
        os.environ[_HOME] = str(
            PROJECT / ".local" / "test-stacks" / f"shared-{uuid.uuid4().hex[:8]}"
        )


def stop_stack(config: pytest.Config) -> None:
    """The controller stops what any process of the run has started."""
    home = Path(os.environ[_HOME])
    if not hasattr(config, "workerinput") and home.exists():
        _runtime("down", home)
        shutil.rmtree(home)


def replay_stack(session: pytest.Session) -> None:
    """The controller takes every log of the stack through the core; one that diverges fails all."""
    state = Path(os.environ[_HOME]) / "stack.json"
    if hasattr(session.config, "workerinput") or not state.exists():
        return
    found = replay_all(json.loads(state.read_text()))
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    reporter.line("")
    reporter.write_line(str(found), red=bool(found.diverged), green=not found.diverged)
    if found.diverged:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def stack_state() -> dict[str, Any]:
    """`stack.json` of the shared stack."""
    home = Path(os.environ[_HOME])
    with _alone(home):
        if not (home / "stack.json").exists():
            _runtime("up", home, "--detach")
            _make_template(json.loads((home / "stack.json").read_text()))
    return json.loads((home / "stack.json").read_text())


@pytest.fixture(scope="session")
def api(stack_state: dict[str, Any]) -> Api:
    """A signed client of the shared stack."""
    return Api.of(stack_state)


@pytest.fixture
def database_url(stack_state: dict[str, Any]) -> Iterator[str]:
    """A migrated database of the test's own, for its owner: to look, to tamper."""
    owner_url = stack_state["owner_database_url"]
    name = f"t_{uuid.uuid4().hex[:12]}"
    _execute(owner_url, f"create database {name} template {_TEMPLATE}")
    yield _with_database(owner_url, name)
    _execute(owner_url, f"drop database {name} with (force)")


@pytest.fixture
def app_url(stack_state: dict[str, Any], database_url: str) -> str:
    """The same database, for the application's login."""
    return _with_database(stack_state["database_url"], database_url.rpartition("/")[2])


@pytest.fixture
def owner(database_url: str) -> Iterator[Session]:
    """A session of the same database's owner, which watches and may tamper."""
    with postgres.session(database_url) as owner:
        yield owner


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Up to 8 threads; each takes a connection of its own from the pool."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def recorder() -> RecordingDispatcher:
    """Where the `db` fixture's jobs go."""
    return RecordingDispatcher()


@pytest.fixture
def db(app_url: str, recorder: RecordingDispatcher) -> Iterator[Database]:
    """A database room over the test's own database, with the application's rights."""
    database = Database(DatabaseSettings(app_url, app_url), recorder, SANITIZER)
    yield database
    database.close()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _runtime(verb: str, home: Path, *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime_app", verb, *options],
        cwd=PROJECT,
        env=environment(home, _ROOMY),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{verb}: {done.stdout}\n{done.stderr}"


def _make_template(state: dict[str, Any]) -> None:
    owner_url = state["owner_database_url"]
    _execute(owner_url, f"create database {_TEMPLATE}")
    migrate(_with_database(owner_url, _TEMPLATE))


def _with_database(url: str, name: str) -> str:
    return url.rpartition("/")[0] + "/" + name


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
