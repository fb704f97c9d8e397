"""How long the children of a worker may go on once it is asked to stop.

A warm stop takes no new task and waits for what is at work, however long that is. So there is an
end to it: a child that is not done by then is killed. What it did stands as a claimed row, which a
sweep finds at its deadline; nobody else touches it before.
"""

import logging
import os
import signal
import threading

from billiard import active_children

_log = logging.getLogger(__name__)


class ChildDrain:
    """The end of a warm stop.

    Args:
        within_s: from the request to stop.
    """

    # Celery's own bound, a cold stop with `worker_soft_shutdown_timeout`, sleeps all of its time in
    # the signal handler, however soon the tasks end, and then gives back the messages of those that
    # have ended meanwhile.

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._begun = False

    def begin(self) -> None:
        """Let the time run, in a thread that does not keep the process; once, however often asked.

        Effects: SIGKILL to the children that are left.
        """
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._run, name="child-drain", daemon=True).start()

    def _run(self) -> None:
        threading.Event().wait(self._within_s)
        for child in active_children():
            _log.warning("child %d is killed: not done after %g s", child.pid, self._within_s)
            os.kill(child.pid, signal.SIGKILL)
