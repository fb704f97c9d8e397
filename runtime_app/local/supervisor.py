"""Keep a table of programs alive: start, watch, start again, stop in order."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime_app.backoff import exponential_s
from runtime_app.clock import Clock
from runtime_app.local import spawn
from runtime_app.local.errors import RoleFailed, StopRequested
from runtime_app.local.logs import last_lines
from runtime_app.local.spawn import Program
from runtime_app.local.wakeup import Wakeup

RESTART_BASE_S, RESTART_CAP_S = 0.2, 10.0
STABLE_AFTER_S = 3.0
DEATHS_BEFORE_GIVING_UP = 5
_LOOK_S = 0.05
_ONE_REQUEST_S = 0.5


@dataclass(frozen=True)
class Started:
    role: str
    pid: int


@dataclass(frozen=True)
class Ready:
    role: str
    pid: int
    after_s: float


@dataclass(frozen=True)
class Died:
    role: str
    how: str
    again_in_s: float


Happening = Started | Ready | Died


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    ready: bool = False
    deaths: int = 0
    start_at: float = 0.0
    how: str = "not started"


class Supervisor:
    """One table of programs, one thread, one loop.

    Args:
        wakeup: entered; its count of stop requests ends `supervise` and every wait.
        tell: called with each happening, in order, on this thread.
    """

    def __init__(self, wakeup: Wakeup, clock: Clock, tell: Callable[[Happening], None]) -> None:
        self._wakeup = wakeup
        self._clock = clock
        self._tell = tell
        self._batches: list[list[_Child]] = []

    @property
    def pids(self) -> dict[str, int]:
        """Role -> process id, of those that live."""
        return {c.program.role: c.process.pid for c in self._children() if c.process}

    def start(self, programs: Sequence[Program]) -> None:
        """Start `programs` together and keep them alive; they stop before those started earlier."""
        batch = [_Child(program) for program in programs]
        self._batches.append(batch)
        for child in batch:
            self._start(child)

    def wait_ready(self, within_s: float) -> None:
        """Return once everything started so far is up.

        Raises:
            RoleFailed: one was not up within `within_s`, or died five times before it was.
            StopRequested: a signal came first.
        """
        deadline = self._clock.monotonic() + within_s
        while pending := [child for child in self._children() if not child.ready]:
            late = self._clock.monotonic() >= deadline
            for child in pending:
                if late or child.deaths >= DEATHS_BEFORE_GIVING_UP:
                    raise _failed(child, f"{child.how} after {within_s:g} s" if late else child.how)
            self._turn(_LOOK_S)

    def run_once(self, program: Program, within_s: float) -> None:
        """Run `program` to its end while the others are kept alive.

        Raises:
            RoleFailed: it did not exit with 0 within `within_s`.
            StopRequested: a signal came first.
        """
        task = _Child(program)
        deadline = self._clock.monotonic() + within_s
        task.process = spawn.start(program)
        try:
            while not _ended(task.process):
                if self._clock.monotonic() >= deadline:
                    raise _failed(task, f"not done within {within_s:g} s")
                self._turn(_LOOK_S)
        finally:
            status = _bury(task.process)
        if status != 0:
            raise _failed(task, _spell(status))

    def supervise(self) -> None:
        """Keep everything alive until a signal asks for the end."""
        while not self._wakeup.stops:
            self._turn(1.0, may_stop=False)

    def stop(self) -> None:
        """Stop everything, last started first, each batch at once; never starts anything again.

        A child that outlives its grace is killed with its group. Another stop signal meanwhile ends
        all grace; signals that come nearly together are one request, sent twice (make and a
        terminal both pass theirs on).
        """
        one_request_until = self._clock.monotonic() + _ONE_REQUEST_S
        asked = self._wakeup.stops
        while self._batches:
            living = [child for child in self._batches.pop() if child.process]
            began_at = self._clock.monotonic()
            for child in living:
                _signal(child, child.program.stop_signal)
            while living := [child for child in living if not self._stopped(child)]:
                self._wakeup.wait(_LOOK_S)
                now = self._clock.monotonic()
                if now < one_request_until:
                    asked = self._wakeup.stops
                for child in living:
                    if now >= began_at + child.program.grace_s or self._wakeup.stops > asked:
                        _signal(child, signal.SIGKILL)

    def _children(self) -> list[_Child]:
        return [child for batch in self._batches for child in batch]

    def _turn(self, timeout_s: float, *, may_stop: bool = True) -> None:
        children = self._children()
        now = self._clock.monotonic()
        waits = [child.start_at - now for child in children if child.process is None]
        looks = [_LOOK_S for child in children if not child.ready]
        self._wakeup.wait(min([timeout_s, *waits, *looks]))
        if may_stop and self._wakeup.stops:
            raise StopRequested
        for child in children:
            self._look_after(child)

    def _look_after(self, child: _Child) -> None:
        now = self._clock.monotonic()
        if child.process is None:
            if now >= child.start_at:
                self._start(child)
        elif _ended(child.process):
            self._died(child, _bury(child.process), now)
        elif not child.ready:
            child.ready = child.program.ready()
            if child.ready:
                self._tell(Ready(child.program.role, child.process.pid, now - child.started_at))

    def _start(self, child: _Child) -> None:
        child.process = spawn.start(child.program)
        child.started_at = self._clock.monotonic()
        child.ready = False
        child.how = "not ready"
        self._tell(Started(child.program.role, child.process.pid))

    def _died(self, child: _Child, status: int, now: float) -> None:
        if child.ready and now - child.started_at >= STABLE_AFTER_S:
            child.deaths = 0
        again_in_s = exponential_s(child.deaths, base_s=RESTART_BASE_S, cap_s=RESTART_CAP_S)
        child.deaths += 1
        child.process, child.ready, child.start_at = None, False, now + again_in_s
        child.how = _spell(status)
        self._tell(Died(child.program.role, child.how, again_in_s))

    def _stopped(self, child: _Child) -> bool:
        if child.process and _ended(child.process):
            _bury(child.process)
            child.process = None
        return child.process is None


def _ended(process: subprocess.Popen[bytes]) -> bool:
    # Looks without reaping: until then neither the process id nor the group's can be reused.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _bury(process: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the group (children that outlived it hold its ports), then reap."""
    _kill_group(process.pid, signal.SIGKILL)
    return process.wait()


def _signal(child: _Child, number: signal.Signals) -> None:
    """The leader tells its own children to end; SIGKILL it could not pass on."""
    if child.process is None:
        return
    if number == signal.SIGKILL:
        _kill_group(child.process.pid, number)
    else:
        os.kill(child.process.pid, number)


def _kill_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # Nobody left, or (macOS) only the unreaped leader.
        return


def _failed(child: _Child, how: str) -> RoleFailed:
    log = child.program.log
    return RoleFailed(child.program.role, how, log, last_lines(log))


def _spell(status: int) -> str:
    return f"exit {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
