"""A stack in the background: is one running, start it, wait for it, stop it."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence

from runtime_app.clock import Clock
from runtime_app.local import leftovers, lock
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.local.logs import last_lines, open_log
from runtime_app.local.stack import StackState

# Twice the limit of one stage, and some: servers, then everything else.
STARTED_WITHIN_S = 200.0
STOPPED_WITHIN_S = 15.0
_POLL_S = 0.05


def running(home: Home) -> StackState | None:
    """The stack that is up in `home`, or None; what a killed supervisor left does not count."""
    state = StackState.read(home)
    return state if state and state.supervisor_pid == lock.holder(home) else None


def start(home: Home, argv: Sequence[str], environ: Mapping[str, str], clock: Clock) -> StackState:
    """Start `argv`, a command that runs a stack in `home`, detached, and wait until it is up.

    `argv[0]` is looked up in PATH.

    Raises:
        StackError: it ended or was not up in time; carries the end of its output.
    Effects: its output goes to `{home}/logs/up.log`.
    """
    home.make()
    log = home.log("up")
    with open_log(log, fresh=True) as output:
        # Not a Popen: that would want to see the end of a process which outlives us.
        pid = os.posix_spawnp(
            argv[0],
            list(argv),
            environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
            ],
            setsid=True,
        )
    state = wait_up(home, clock, within_s=STARTED_WITHIN_S, alive=lambda: _lives(pid))
    if state is None:
        raise StackError("the stack did not come up", last_lines(log))
    return state


def wait_up(
    home: Home, clock: Clock, *, within_s: float, alive: Callable[[], bool]
) -> StackState | None:
    """The state once the stack in `home` is up; None when it is no longer `alive`, or too late."""
    deadline = clock.monotonic() + within_s
    while clock.monotonic() < deadline:
        living = alive()
        state = running(home)
        if state or not living:
            return state
        time.sleep(_POLL_S)
    return None


def stop(home: Home, clock: Clock) -> bool:
    """Stop the stack in `home` and wait until nothing of it is left.

    Returns:
        Whether there was anything to stop.
    Raises:
        StackError: something would not end.
    """
    pid = lock.holder(home)
    if pid:
        _signal(pid, signal.SIGTERM)
        deadline = clock.monotonic() + STOPPED_WITHIN_S
        while lock.holder(home) == pid:
            if clock.monotonic() >= deadline:
                _signal(pid, signal.SIGKILL)
            time.sleep(_POLL_S)
    swept = leftovers.sweep(home)
    home.state.unlink(missing_ok=True)
    return bool(pid or swept)


def _lives(child: int) -> bool:
    return os.waitpid(child, os.WNOHANG) == (0, 0)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
