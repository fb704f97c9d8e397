"""A cell: the process of its own in which one tool call is at work.

It is forked from the worker's child, which stays outside and watches: so whatever a tool does to
its process (spin, leak, crash, exit, start others) ends with the cell and costs its own call only.
The two talk over a pair of pipes: up comes what the tool says and, last, how it ended; down goes
nothing but the request to stop. The cell leads a process group, which is killed as a whole, and
dies with whoever has forked it.
"""

import ctypes
import json
import logging
import os
import resource
import select
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from runtime_app.canonical import make_safe
from runtime_app.observability import telemetry
from runtime_app.tools.context import ToolCanceled
from runtime_app.tools.spec import ToolError

_log = logging.getLogger(__name__)
_SIZE = struct.Struct(">I")
_PDEATHSIG = 1
#: Of one message; a tool that returns more has failed.
MAX_MESSAGE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Said:
    """What came up: `progress`, `text`, `told`, or one of the ends.

    The ends: `returned` (the output, made safe), `refused` (the tool's words), `canceled`,
    `failed` (the name of an exception) and `died` (why the process is gone).
    """

    kind: str
    value: Any = None
    made_safe: bool = False


ENDS = frozenset(("returned", "refused", "canceled", "failed", "died"))


class Line:
    """The cell's end of the pipes."""

    def __init__(self, up: int, down: int) -> None:
        self._up = up
        self._down = down
        self._stop = False

    def say(self, kind: str, value: Any = None) -> None:
        """Send one message up; waits while nobody reads."""
        safe, mended = make_safe(value)
        body = json.dumps([kind, safe, mended], ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > MAX_MESSAGE_BYTES:
            problem = f"the output is larger than {MAX_MESSAGE_BYTES} bytes"
            body = json.dumps(["refused", problem, False]).encode()
        left = memoryview(_SIZE.pack(len(body)) + body)
        while left:
            left = left[os.write(self._up, left) :]

    def asked_to_stop(self) -> bool:
        """Whether the request to stop has come down."""
        self._stop = self._stop or _readable(self._down, 0)
        return self._stop


Work = Callable[[Line], Any]


class Cell:
    """One cell, seen from outside. Leave its `with` block, and nothing of it is left."""

    def __init__(self, pid: int, up: int, down: int) -> None:
        self._pid = pid
        self._up = up
        self._down = down
        self._buffer = bytearray()
        self._ended: Said | None = None
        self._status: int | None = None

    @classmethod
    def begin(cls, work: Work, memory_bytes: int) -> Self:
        """Fork a cell and let it do `work`.

        Args:
            memory_bytes: how much more memory than it begins with the cell may have (Linux).
        """
        up_out, up_in = os.pipe()
        down_out, down_in = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(up_out)
            os.close(down_in)
            _live(work, Line(up_in, down_out), parent, memory_bytes)
        os.close(up_in)
        os.close(down_out)
        _lead(pid)
        return cls(pid, up_out, down_in)

    def next(self, within_s: float) -> Said | None:
        """What the cell says next; None when it says nothing for so long."""
        while self._ended is None:
            said = self._take()
            if said is not None:
                return said
            if not _readable(self._up, within_s):
                return None
            piece = os.read(self._up, 65_536)
            if not piece:
                self._ended = Said("died", self._reap())
            self._buffer += piece
        return self._ended

    def ask_to_stop(self) -> None:
        """Let the tool know that its call is no longer wanted; once is enough."""
        try:
            os.write(self._down, b".")
        except BrokenPipeError:
            _log.debug("the cell %d has ended by itself", self._pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Kill the cell with all that it has started; close the pipes."""
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            _log.debug("nothing is left of the cell %d", self._pid)
        self._reap()
        os.close(self._up)
        os.close(self._down)

    def _take(self) -> Said | None:
        if len(self._buffer) < _SIZE.size:
            return None
        (size,) = _SIZE.unpack_from(self._buffer)
        if len(self._buffer) < _SIZE.size + size:
            return None
        kind, value, mended = json.loads(self._buffer[_SIZE.size : _SIZE.size + size])
        del self._buffer[: _SIZE.size + size]
        said = Said(kind, value, mended)
        if kind in ENDS:
            self._ended = said
        return said

    def _reap(self) -> str:
        """Wait for the process; in words, how it went."""
        if self._status is None:
            _, self._status = os.waitpid(self._pid, 0)
        if os.WIFSIGNALED(self._status):
            return f"it was ended by {signal.Signals(os.WTERMSIG(self._status)).name}"
        return f"it left with exit status {os.WEXITSTATUS(self._status)}"


def _readable(fd: int, within_s: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(max(0.0, within_s) * 1000))


def _lead(pid: int) -> None:
    """Make the cell the leader of a group of its own; it does the same, whoever comes first."""
    try:
        os.setpgid(pid, pid)
    except (ProcessLookupError, PermissionError) as gone:
        _log.debug("the cell %d has gone ahead: %s", pid, gone)


def _live(work: Work, line: Line, parent: int, memory_bytes: int) -> NoReturn:
    """The life of a cell; nothing of the process that it was forked from runs on."""
    status = 1
    try:
        _settle(parent, memory_bytes)
        telemetry.redirect(lambda name, value, labels: line.say("told", [name, value, labels]))
        line.say(*_end(work, line))
        status = 0
    finally:
        os._exit(status)


def _settle(parent: int, memory_bytes: int) -> None:
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    with open("/proc/self/statm", encoding="ascii") as statm:
        in_use = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (in_use + memory_bytes, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(work: Work, line: Line) -> tuple[str, Any]:
    try:
        return "returned", work(line)
    except ToolCanceled:
        return "canceled", None
    except ToolError as error:
        return "refused", str(error)
    except BaseException as error:  # noqa: BLE001 - a tool's defect is its call's failure, no more
        _log.exception("the tool failed")
        return "failed", type(error).__name__
