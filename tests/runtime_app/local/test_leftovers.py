"""Finding and ending what a supervisor left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime_app.local import guard, leftovers
from runtime_app.local.home import Home
from tests.support.stack import eventually

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def marked(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    marks = {"OA_STACK_HOME": str(home.path), "OA_ROLE": "web"}
    with subprocess.Popen(FOREVER, env={**os.environ, **marks}) as process:
        eventually(lambda: leftovers.find(home) == {process.pid})
        yield process
        process.kill()


def test_only_this_home_and_role_are_found(home: Home, marked: subprocess.Popen[bytes]):
    assert leftovers.find(home, "web") == {marked.pid}
    assert leftovers.find(home, "beat") == set()
    assert leftovers.find(Home(home.path / "other")) == set()


def test_a_process_in_the_database_folder_is_a_postgres(home: Home):
    home.postgres_data.mkdir(parents=True)
    with subprocess.Popen(FOREVER, cwd=home.postgres_data) as process:
        eventually(lambda: leftovers.find(home, "postgres") == {process.pid})
        assert leftovers.find(home) == {process.pid}
        assert leftovers.find(home, "web") == set()
        assert leftovers.sweep(home) == {process.pid}
        assert process.wait(timeout=1.0) == -signal.SIGKILL


def test_a_sweep_kills_what_does_not_go(home: Home, marked: subprocess.Popen[bytes]):
    assert leftovers.sweep(home, patience_s=0.1) == {marked.pid}
    assert marked.wait(timeout=1.0) == -signal.SIGKILL
    assert leftovers.sweep(home) == set()


def test_a_sweep_lets_those_go_that_are_about_to(home: Home, marked: subprocess.Popen[bytes]):
    marked.terminate()
    leftovers.sweep(home, patience_s=5.0)
    assert marked.wait(timeout=1.0) == -signal.SIGTERM


def test_the_guard_ends_what_is_left_when_its_pipe_breaks(
    home: Home, marked: subprocess.Popen[bytes]
):
    with guard.watching(home):
        assert marked.poll() is None
    assert marked.wait(timeout=1.0) == -signal.SIGKILL
