"""Start one process of the stack."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime_app.local import become
from runtime_app.local.logs import open_log


def _nothing() -> None:
    """The default of `Program.before`."""


@dataclass(frozen=True)
class Program:
    """All that the supervisor needs to know to keep one role alive.

    Args:
        role: its name; one process per name.
        argv: the command; `argv[0]` is looked up in PATH.
        env: the whole environment.
        cwd: where it runs.
        log: where its output goes.
        ready: one short look whether it is up; may raise StackError when it never will be.
        before: runs ahead of every start, restarts included.
        account: an account's spelling, as `become` reads it.
        stop_signal: asks it to end; after `grace_s` its whole group is killed.
        death_signal: sent by the kernel should the supervisor die.
    """

    role: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ready: Callable[[], bool]
    before: Callable[[], None] = _nothing
    account: str = "itself"
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 6.0
    death_signal: signal.Signals = signal.SIGKILL


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start `program` in a session, hence a process group, of its own."""
    program.before()
    with open_log(program.log) as log:
        return subprocess.Popen(
            tied(program.argv, account=program.account, death_signal=program.death_signal),
            env=dict(program.env),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def tied(
    argv: Sequence[str],
    *,
    account: str = "itself",
    death_signal: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """`argv`, made to end with this process and to run under `account`."""
    shim = [sys.executable, "-I", "-S", become.__file__]
    return [*shim, str(os.getpid()), str(int(death_signal)), account, *argv]
