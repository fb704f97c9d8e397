"""Signals as something to wait for: a child has ended, or somebody wants the stack to end."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any

_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wakeup:
    """While entered, SIGINT, SIGTERM and SIGHUP are counted and SIGCHLD ends a wait.

    Main thread only; the handlers that were there come back on exit. A SIGHUP that was ignored
    (nohup) stays ignored.

    Attributes:
        stops: how often somebody asked for the end.
    """

    def __init__(self) -> None:
        self.stops = 0

    def __enter__(self) -> "Wakeup":
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._before_fd = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._before: dict[signal.Signals, Any] = {}
        for number in _STOP:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._child)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, timeout_s: float) -> None:
        """Return after a signal or `timeout_s`, whichever is first."""
        readable, _, _ = select.select([self._reader], [], [], max(0.0, timeout_s))
        if readable:
            os.read(self._reader, 512)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stops += 1

    def _child(self, number: int, frame: FrameType | None) -> None:
        """Nothing to do: the wakeup byte is the message."""
