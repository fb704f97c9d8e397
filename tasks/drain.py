"""How long the children of a worker may go on once it is asked to stop.

A warm stop takes no new task and waits for what is at work, however long that is. So there is an
end to it: a child that is not done by then is killed, and what it was at is handed back at once.
Should that fail, the claimed row is found by a sweep at its deadline.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence

from billiard import active_children

_log = logging.getLogger(__name__)
#: Above what Postgres may take to answer.
_HAND_BACK_WITHIN_S = 20.0


class ChildDrain:
    """The end of a warm stop.

    Args:
        within_s: from the request to stop.
        hand_back: is given the process ids of the children that were killed, if there are any.
    """

    # Celery's own bound, a cold stop with `worker_soft_shutdown_timeout`, sleeps all of its time in
    # the signal handler, however soon the tasks end, and then gives back the messages of those that
    # have ended meanwhile.

    def __init__(self, within_s: float, hand_back: Callable[[Sequence[int]], None]) -> None:
        self._within_s = within_s
        self._hand_back = hand_back
        self._begun = False
        self._killing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="child-drain", daemon=True)

    def begin(self) -> None:
        """Let the time run, in a thread that does not keep the process; once, however often asked.

        Effects: SIGKILL to the children that are left; those of `hand_back`.
        """
        if not self._begun:
            self._begun = True
            self._thread.start()

    def end(self) -> None:
        """Return once what was killed, if anything was, has been handed back."""
        if self._killing.is_set():
            self._thread.join(_HAND_BACK_WITHIN_S)

    def _run(self) -> None:
        threading.Event().wait(self._within_s)
        killed = [child.pid for child in active_children()]
        if not killed:
            return
        self._killing.set()
        for pid in killed:
            _log.warning("child %d is killed: not done after %g s", pid, self._within_s)
            os.kill(pid, signal.SIGKILL)
        self._hand_back(killed)
