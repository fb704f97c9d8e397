"""A whole stack of stand-in roles over the real embedded servers."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from runtime_app.local.credentials import first_key
from tests.support.stack import RunningStack, eventually, processes_of, running_stack

FAKE = Path(__file__).with_name("fake_stack.py")


def fake(table: str = "healthy") -> list[str]:
    return [sys.executable, str(FAKE), table]


@pytest.fixture
def stack():
    with running_stack(argv=fake()) as running:
        yield running


def refused(table: str) -> str:
    """The output of a stack that does not come up."""
    with pytest.raises(AssertionError) as failure, running_stack(argv=fake(table)):
        pass
    return str(failure.value)


def test_the_state_says_what_runs_where_and_is_private(stack: RunningStack):
    state = stack.state

    assert set(state["roles"]) == {"postgres", "broker", "steady", "parent"}
    assert {role["pid"] for role in state["roles"].values()} <= stack.left()
    for name in ("stack.json", "secrets.json", "broker/broker.conf"):
        assert stat.S_IMODE((stack.home / name).stat().st_mode) == 0o600, name
    with psycopg2.connect(state["owner_database_url"]) as connection:
        assert connection.server_version >= 150_000
    connection.close()


def test_roles_are_told_addresses_and_keys(stack: RunningStack):
    told = Path(f"/proc/{stack.pid('steady')}/environ").read_bytes().split(b"\0")
    environ = dict(item.decode().split("=", 1) for item in told if b"=" in item)

    assert environ["DATABASE_URL"] == stack.state["database_url"]
    assert environ["OA_DATABASE_DIRECT_URL"] == stack.state["direct_url"]
    assert environ["OA_BROKER_URL"] == stack.state["broker_url"]
    assert environ["OA_SIGNING_KEYS"] == stack.state["signing_keys"]
    assert environ["OA_SANITIZER_KEYS"] == stack.state["sanitizer_keys"]
    assert first_key(environ["OA_SIGNING_KEYS"]) == ("local", stack.state["signing_key"])
    assert environ["OA_HOME"] == str(stack.home)
    assert environ["OA_ROLE"] == "steady"
    assert environ["OA_ENV"] == "local"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(number: signal.Signals):
    with running_stack(argv=fake()) as stack:
        assert stack.stop(number) == 0
        assert stack.left() == set()
        assert not (stack.home / "stack.json").exists()


def test_a_role_that_will_not_end_is_killed_in_time():
    with running_stack(argv=fake("deaf")) as stack:
        asked_at = time.monotonic()
        assert stack.stop() == 0
        assert 1.0 <= time.monotonic() - asked_at < 5.0
        assert stack.left() == set()


def test_a_killed_role_is_back_within_two_seconds(stack: RunningStack):
    before = stack.left()

    stack.kill("parent", within_s=2.0)

    # Its child held what the successor needs; both of the old ones are gone.
    eventually(lambda: len(before - stack.left()) == 2 and len(stack.left()) == len(before))
    assert "Died(role='parent', how='killed by SIGKILL'" in stack.output


@pytest.mark.parametrize("role", ["postgres", "broker"])
def test_a_killed_server_is_back_at_its_address(stack: RunningStack, role: str):
    before = stack.state

    stack.kill(role)
    eventually(lambda: f"Ready(role='{role}', pid={stack.pid(role)}" in stack.output)

    assert stack.state["database_url"] == before["database_url"]
    assert stack.state["broker_url"] == before["broker_url"]


def test_nothing_outlives_a_killed_supervisor_and_the_data_stays(tmp_path: Path):
    with running_stack(tmp_path, argv=fake()) as first:
        state = first.state
        first.process.kill()
        first.process.wait()
        eventually(lambda: not first.left(), within_s=5.0, what="nothing is left")

    with running_stack(tmp_path, argv=fake()) as second:
        assert second.state["database_url"] == state["database_url"]
        assert second.state["signing_key"] == state["signing_key"]


def test_a_start_sweeps_away_what_an_earlier_one_left(tmp_path: Path):
    orphan = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"],
        env={**os.environ, "OA_STACK_HOME": str(tmp_path), "OA_ROLE": "web"},
    )
    with running_stack(tmp_path, argv=fake()):
        assert orphan.wait(timeout=1.0) == -signal.SIGKILL


def test_a_second_start_on_one_home_says_so(stack: RunningStack):
    environ = {**os.environ, "OA_HOME": str(stack.home), "PYTHONPATH": str(FAKE.parents[3])}
    second = subprocess.run(fake(), env=environ, capture_output=True, text=True, check=True)

    assert second.stdout.strip() == f"already running {stack.process.pid}"
    assert stack.process.poll() is None


def test_servers_that_the_user_has_are_used_instead():
    given = {"DATABASE_URL": "postgresql://u@h/d", "OA_BROKER_URL": "redis://h/1"}
    keys = {"OA_SIGNING_KEYS": "mine:s3cret-s3cret-s3cret:ops:read,old:other-other-other"}
    with running_stack(argv=fake(), **given, **keys) as stack:
        state = stack.state
        assert set(state["roles"]) == {"steady", "parent"}
        assert state["database_url"] == state["direct_url"] == given["DATABASE_URL"]
        assert state["broker_url"] == given["OA_BROKER_URL"]
        assert (state["signing_key_id"], state["signing_key"]) == (
            "mine",
            "s3cret-s3cret-s3cret",
        )
        assert not (stack.home / "postgres").exists()


def test_two_homes_run_side_by_side(stack: RunningStack):
    with running_stack(argv=fake()) as other:
        assert other.state["database_url"] != stack.state["database_url"]
        assert not stack.left() & other.left()
    assert stack.left()


def test_a_role_that_cannot_start_is_named_with_the_end_of_its_log():
    said = refused("broken")

    assert "RoleFailed: broken failed: exit 1" in said
    assert "no sense" in said


def test_a_failed_migration_keeps_the_rest_from_starting():
    said = refused("unmigrated")

    assert "RoleFailed: migrate failed: exit 1" in said
    assert "bad column" in said
    assert "steady" not in said


def test_a_signal_during_the_start_ends_it(tmp_path: Path):
    home = tmp_path / "home"
    environ = {**os.environ, "OA_HOME": str(home), "OA_PORT": "0", "OA_FLOWER_PORT": "0"}
    environ["PYTHONPATH"] = str(FAKE.parents[3])
    with subprocess.Popen(fake("slow"), env=environ, stdout=subprocess.PIPE, text=True) as process:
        eventually(lambda: "Ready(role='steady'" in process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10.0) == 1
        assert "StopRequested" in process.stdout.read()
    assert processes_of(home) == set()
