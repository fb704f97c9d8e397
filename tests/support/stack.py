"""A real stack for tests: started as a user starts it, in a home of its own.

with running_stack() as stack:
    requests.get(stack.state["base_url"] + "/healthz")
    stack.kill("web")
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from runtime_app.local.home import Home
from runtime_app.local.probes import mark_made, page_ok, port_open
from runtime_app.roles import DEPLOYED, Ready
from tests.support.replayed import replay_all

PROJECT = Path(__file__).resolve().parents[2]
UP = (sys.executable, "-m", "runtime_app", "up")
UP_WITHIN_S = 90.0
DOWN_WITHIN_S = 10.0

# All tests have one address, and many of their signatures fail.
NO_THROTTLE = {"OA_MAX_FAILED_SIGNATURES": "1000000"}
# What a developer may have set for a stack of their own.
_FOREIGN = (
    *("DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    *("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
)

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found | None], *, within_s: float = 10.0, what: str = ""
) -> Found:
    """The first truthy answer of `look`, asked every 20 ms.

    Raises:
        AssertionError: there was none in time; names `what`.
    """
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what or look}"
        pause.wait(0.02)
    return found


class RunningStack:
    """A stack that is up.

    Attributes:
        home: its folder.
        process: its supervisor.
    """

    def __init__(self, home: Path, process: subprocess.Popen[bytes], output: Path) -> None:
        self.home = home
        self.process = process
        self._output = output

    @property
    def state(self) -> dict[str, Any]:
        """`stack.json` as it is now."""
        return json.loads((self.home / "stack.json").read_text())

    @property
    def output(self) -> str:
        """All that the command has printed so far."""
        return self._output.read_text(errors="replace")

    def pid(self, role: str) -> int:
        """The process id of `role` as the stack knows it now."""
        return self.state["roles"][role]["pid"]

    def kill(self, role: str, *, within_s: float = 10.0) -> int:
        """SIGKILL `role`, wait for its successor, return the successor's process id."""
        old = self.pid(role)
        os.kill(old, signal.SIGKILL)
        return eventually(
            lambda: self.pid(role) if self.pid(role) != old else None,
            within_s=within_s,
            what=f"a successor of {role}",
        )

    def restart(self, role: str, *, within_s: float = 60.0) -> float:
        """Ask `role` to stop, as a deployment does, and wait until its successor is ready.

        Returns:
            The seconds that it took.
        """
        old, asked_s = self.pid(role), time.monotonic()
        os.kill(old, signal.SIGTERM)
        eventually(
            lambda: self.pid(role) != old and self._ready(role),
            within_s=within_s,
            what=f"a successor of {role} that is ready",
        )
        return time.monotonic() - asked_s

    def _ready(self, role: str) -> bool:
        match next(known.ready for known in DEPLOYED if known.name == role):
            case Ready.PAGE:
                return page_ok(urlsplit(self.state["base_url"]).port or 0, "/readyz")
            case Ready.PORT:
                return port_open(urlsplit(self.state["flower_url"]).port or 0)
            case _:
                return mark_made(Home(self.home).ready_mark(role))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end, wait at most 10 s, return its exit code.

        Raises:
            subprocess.TimeoutExpired: it is still there.
        """
        self.process.send_signal(number)
        return self.process.wait(timeout=DOWN_WITHIN_S)

    def left(self) -> set[int]:
        """Ids of the processes that belong to this home."""
        return processes_of(self.home)


def processes_of(home: Path) -> set[int]:
    """Ids of processes that carry the mark of `home`, or stand in its database's folder."""
    mark = f"OA_STACK_HOME={home}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            marked = mark in (entry / "environ").read_bytes().split(b"\0")
            inside = os.readlink(entry / "cwd") == str(home / "postgres" / "data")
        except OSError:
            continue  # ended while we looked
        if marked or inside:
            found.add(int(entry.name))
    return found


@contextmanager
def running_stack(
    home: Path | None = None, *, argv: Sequence[str] = UP, **env: str
) -> Iterator[RunningStack]:
    """Start a stack on free ports, wait until it is up, stop it at the end.

    Args:
        home: kept at the end when given; otherwise one is made in the project (pytest's own
            folders are closed to the account that Postgres runs under) and removed.
        argv: the command that runs it.
        env: more settings.
    Raises:
        AssertionError: it did not come up; carries its output. Or a log that it has written does
            not replay frozen; names the runs.
    """
    folder = home or PROJECT / ".local" / "test-stacks" / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "up.out"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            argv,
            cwd=PROJECT,
            env=environment(folder, env),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack = RunningStack(folder, process, output)
    try:
        eventually(lambda: _is_up(stack), within_s=UP_WITHIN_S, what="the stack is up")
        yield stack
        if argv is UP and process.poll() is None:
            found = replay_all(stack.state)
            assert not found.diverged, str(found)
    finally:
        _end(stack)
        if home is None:
            shutil.rmtree(folder)


def _is_up(stack: RunningStack) -> bool:
    assert stack.process.poll() is None, f"it ended:\n{stack.output}"
    state = stack.home / "stack.json"
    # One that an earlier, killed stack left is not ours.
    return state.exists() and stack.state["supervisor_pid"] == stack.process.pid


def _end(stack: RunningStack) -> None:
    if stack.process.poll() is None:
        stack.process.send_signal(signal.SIGTERM)
    try:
        stack.process.wait(timeout=DOWN_WITHIN_S)
    except subprocess.TimeoutExpired:
        stack.process.kill()
        stack.process.wait()
    eventually(lambda: not stack.left(), what="nothing of the stack is left")


def environment(home: Path, env: dict[str, str]) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN and not name.startswith("OA_")
    }
    own = {"OA_HOME": str(home), "OA_PORT": "0", "OA_FLOWER_PORT": "0", **NO_THROTTLE}
    return {**inherited, "PYTHONPATH": str(PROJECT), **own, **env}
