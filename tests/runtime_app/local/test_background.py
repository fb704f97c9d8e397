"""A stack in the background, and the commands that speak about one."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runtime_app.cli.up import down, up
from runtime_app.clock import SystemClock
from runtime_app.local import background, lock, ports
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from tests.support.stack import PROJECT, RunningStack, processes_of, running_stack

FAKE = Path(__file__).with_name("fake_stack.py")
CLOCK = SystemClock()


@pytest.fixture
def stack() -> Iterator[RunningStack]:
    with running_stack(argv=[sys.executable, str(FAKE)]) as running:
        yield running


def environ(home: Path, **more: str) -> dict[str, str]:
    own = {"OA_HOME": str(home), "OA_PORT": "0", "OA_FLOWER_PORT": "0"}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **own, **more}


def say(command, *arguments: str, **settings: str) -> Result:
    home = settings.pop("home")
    return CliRunner().invoke(command, arguments, obj=environ(Path(home), **settings))


def test_a_detached_stack_is_up_when_start_returns_and_down_when_stop_does(tmp_path: Path):
    home = Home(tmp_path / "home")

    state = background.start(home, [sys.executable, str(FAKE)], environ(home.path), CLOCK)

    assert background.running(home) == state
    assert set(state.roles) == {"postgres", "broker", "steady", "parent"}
    assert background.stop(home, CLOCK)
    assert processes_of(home.path) == set()
    assert not home.state.exists()
    assert background.running(home) is None
    assert not background.stop(home, CLOCK)


def test_a_detached_stack_that_fails_says_why(tmp_path: Path):
    home = Home(tmp_path / "home")
    argv = [sys.executable, str(FAKE), "unmigrated"]

    with pytest.raises(StackError, match=r"did not come up\n(.*\n)*.*migrate failed: exit 1"):
        background.start(home, argv, environ(home.path), CLOCK)
    assert not lock.is_held(home)


def test_down_sweeps_up_after_a_killed_supervisor(tmp_path: Path):
    mark = {"OA_STACK_HOME": str(tmp_path), "OA_ROLE": "web"}
    with subprocess.Popen(["sleep", "60"], env={**os.environ, **mark}) as orphan:
        assert background.stop(Home(tmp_path), CLOCK)
        assert orphan.wait(timeout=1.0) != 0


def test_a_second_up_says_where_the_first_is(stack: RunningStack):
    said = say(up, home=stack.home)

    assert said.exit_code == 0
    assert f"already running in {stack.home} (pid {stack.process.pid})" in said.output
    assert stack.state["base_url"] in said.output
    assert "make demo" in said.output
    assert "scripted" in said.output


def test_up_detached_finds_the_running_one(stack: RunningStack):
    said = say(up, "--detach", home=stack.home)

    assert said.exit_code == 0
    assert stack.state["flower_url"] in said.output


def test_down_stops_it_wherever_it_was_started(stack: RunningStack):
    said = say(down, home=stack.home)

    assert said.exit_code == 0
    assert said.output == f"Stopped the stack in {stack.home}.\n"
    assert stack.process.wait(timeout=1.0) == 0
    assert say(down, home=stack.home).output == "No stack was running.\n"


def test_a_taken_port_is_an_error_with_a_remedy(tmp_path: Path):
    port = ports.free_port()
    with socket.create_server(("127.0.0.1", port)):
        said = say(up, home=tmp_path, OA_PORT=str(port))

    assert said.exit_code == 1
    assert f"port {port} is taken (setting OA_PORT)" in said.output
    assert "OA_PORT=0" in said.output


def test_a_bad_setting_is_an_error_for_both(tmp_path: Path):
    for command in (up, down):
        said = say(command, home=tmp_path, OA_PORT="http")
        assert said.exit_code == 1
        assert "OA_PORT is 'http'" in said.output
