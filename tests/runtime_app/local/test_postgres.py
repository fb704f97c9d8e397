"""The embedded Postgres by itself: start, stop, kill, start again."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from runtime_app.local import account, ports, postgres, programs, spawn
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.local.postgres import Postgres
from runtime_app.local.roles import SERVERS
from tests.support.stack import PROJECT, eventually, processes_of

ROLE = next(role for role in SERVERS if role.name == "postgres")


def prepared(home: Home) -> Postgres:
    home.make()
    return postgres.prepared(home, ports.kept_port(home, "postgres"), "secret")


@contextmanager
def serving(server: Postgres) -> Iterator[subprocess.Popen[bytes]]:
    process = spawn.start(programs.for_postgres(ROLE, server, os.environ["PATH"]))
    try:
        eventually(server.ready, what="connections")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(ROLE.stop_signal)
        assert process.wait(timeout=5.0) in (0, -signal.SIGKILL)


def ask(server: Postgres, statement: str) -> list[tuple]:
    with closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Closed to other accounts, as pytest's folders are: the harder case for root."""
    return Home(tmp_path / "home")


@pytest.fixture
def open_home() -> Iterator[Home]:
    """A home that other accounts can reach."""
    path = PROJECT / ".local" / "test-stacks" / uuid.uuid4().hex[:8]
    yield Home(path)
    shutil.rmtree(path)


def test_it_is_ours_alone_durable_and_utf8(home: Home):
    server = prepared(home)
    with serving(server):
        settings = dict(ask(server, "SELECT name, setting FROM pg_settings"))
        assert settings["listen_addresses"] == "127.0.0.1"
        assert settings["unix_socket_directories"] == ""
        assert settings["fsync"] == settings["synchronous_commit"] == "on"
        assert settings["max_connections"] == "200"
        assert settings["password_encryption"] == "scram-sha-256"
        assert settings["server_encoding"] == "UTF8"
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(replace(server, password="guess").url)


def test_data_survive_a_stop_and_a_kill(home: Home):
    server = prepared(home)
    with serving(server):
        ask(server, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    with serving(prepared(home)) as process:
        ask(server, "INSERT INTO kept VALUES (2)")
        process.kill()
        process.wait()
    again = prepared(home)
    assert again.port == server.port
    with serving(again):
        assert ask(again, "SELECT n FROM kept ORDER BY n") == [(1,), (2,)]
    eventually(lambda: not processes_of(home.path))


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(home: Home):
    server = prepared(home)
    with serving(server):
        pid_file = home.postgres_data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        pid_file.chmod(0o600)
        os.chown(pid_file, *server.account.owner)
        with serving(server):
            assert ask(server, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_an_interrupted_initdb_is_begun_again(home: Home):
    home.make()
    half = home.postgres / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with serving(prepared(home)) as process:
        assert process.poll() is None
    assert not half.exists()


def test_a_password_that_is_not_the_databases_is_said_at_once(home: Home):
    server = prepared(home)
    with serving(server):
        with pytest.raises(StackError, match=r"refuses the password.*\n.*Restore the secrets"):
            replace(server, password="guess").ready()


def test_variables_of_the_caller_do_not_redirect_it(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with serving(prepared(home)) as process:
        assert process.poll() is None
    assert postgres.without_pg({"PGHOSTADDR": "x", "PATH": "y"}) == {"PATH": "y"}


def test_data_that_need_another_version_say_so(home: Home):
    home.make()
    home.postgres_data.mkdir(parents=True)
    (home.postgres_data / "PG_VERSION").write_text("9\n")

    with pytest.raises(StackError, match="Postgres 9 is needed; found"):
        prepared(home)


@pytest.mark.parametrize("folder", ["home", "open_home"])
def test_it_never_runs_as_the_real_root_account(folder: str, request: pytest.FixtureRequest):
    chosen: Home = request.getfixturevalue(folder)
    server = prepared(chosen)
    expected = "itself" if os.geteuid() else {"home": "namespace", "open_home": "setuid"}[folder]

    assert server.account.way == expected
    assert chosen.postgres_data.stat().st_uid == server.account.owner[0]
    with serving(server):
        assert ask(server, "SELECT current_user") == [("openagents",)]


def test_data_change_hands_when_a_home_has_moved(home: Home, open_home: Home):
    with serving(prepared(open_home)):
        pass
    home.make()
    shutil.move(open_home.postgres, home.postgres)

    with serving(prepared(home)) as process:
        assert process.poll() is None


def test_programs_that_the_account_cannot_read_are_copied_with_their_libraries(open_home: Home):
    server = prepared(open_home)
    copied = server.programs.copied_to(open_home.postgres)

    assert copied.copied_to(open_home.postgres) == copied
    assert account.may_run(server.account, [copied["postgres"], "--version"])
    assert account.may_run(server.account, [copied["psql"], "--version"])
    with serving(replace(server, programs=copied)):
        assert ask(server, "SELECT 1") == [(1,)]
