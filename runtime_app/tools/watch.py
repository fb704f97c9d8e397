"""What a worker does beside a tool at work: hear it, pass on how far it is, and stop it in time."""

import logging
from dataclasses import dataclass
from math import inf
from typing import Any

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.errors import RunClosed, Unavailable
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.observability import telemetry
from runtime_app.tools import store
from runtime_app.tools.cell import ENDS, Cell, Said
from runtime_app.tools.task import ClaimedTask

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """How closely a call is watched.

    Args:
        look_every_s: for whether it is still wanted.
        beat_every_s: a sign of life in its row.
        progress_every_s: at most so often is progress stored and sent to readers.
        stop_within_s: what a tool gets to stop by itself.
        silent_s: after which a worker that gives no sign of life is taken for dead.
        grace_s: past a deadline, after which a worker that has not kept it is taken for hung.
        unknown_s: for which the call of a tool that a process lacks is left to those that have it,
            as there are while another release is rolled out.
    """

    look_every_s: float = 1
    beat_every_s: float = 5
    progress_every_s: float = 0.2
    stop_within_s: float = 2
    silent_s: float = 20
    grace_s: float = 5
    unknown_s: float = 900


@dataclass(frozen=True, slots=True)
class Stopped:
    """The watch has ended the call: `time_out`, or `cancel`."""

    given: str


class Watch:
    """Over one call, until it ends or is stopped."""

    def __init__(
        self, db: Database, clock: Clock, policy: WatchPolicy, task: ClaimedTask, deadline_s: float
    ) -> None:
        self._db = db
        self._clock = clock
        self._policy = policy
        self._task = task
        now_s = clock.monotonic()
        self._deadline_s = deadline_s
        self._look_s = now_s + policy.look_every_s
        self._beat_s = now_s + policy.beat_every_s
        self._show_s = inf
        self._shown_s = -inf
        self._kill_s = inf
        self._data: Any = None
        self._text: list[str] = []

    def until_end(self, cell: Cell) -> Said | Stopped:
        """How the call ended.

        Effects:
            tool.progress events, the task's progress and heartbeat; a request to stop to the cell.
        """
        while True:
            now_s = self._clock.monotonic()
            due_s = min(self._deadline_s, self._kill_s, self._look_s, self._show_s)
            said = cell.next(max(0.0, due_s - now_s))
            if said is not None and said.kind in ENDS:
                self._show(cell)
                return said
            if said is not None:
                self._hear(said)
            now_s = self._clock.monotonic()
            if now_s >= self._deadline_s:
                return Stopped("time_out")
            if now_s >= self._kill_s:
                return Stopped("cancel")
            if now_s >= self._show_s:
                self._show(cell)
            if now_s >= self._look_s:
                self._look(cell, now_s)

    def _hear(self, said: Said) -> None:
        if said.kind == "told":
            name, value, labels = said.value
            telemetry.emit(name, value, **labels)
            return
        if said.kind == "text":
            self._text.append(str(said.value))
        else:
            self._data = said.value
        earliest_s = self._shown_s + self._policy.progress_every_s
        self._show_s = min(self._show_s, max(self._clock.monotonic(), earliest_s))

    def _show(self, cell: Cell) -> None:
        """Store what has been heard since the last time."""
        shown = [data for data in (self._data, self._joined()) if data is not None]
        data, text = self._data, self._text
        self._data, self._text = None, []
        self._show_s, self._shown_s = inf, self._clock.monotonic()
        if not shown:
            return
        task = self._task
        events = [
            NewEvent("tool.progress", {"tool_call_id": task.tool_call_id, "data": data})
            for data in shown
        ]
        try:
            with self._db.transaction() as tx:
                result = log.append(tx, task.run_id, events, origin=task.origin)
                if not store.show_progress(tx, task, shown[-1]):
                    raise _NotOurs
        except (_NotOurs, RunClosed):
            self._stop(cell)
        except Unavailable as error:
            _log.warning("progress of call %s waits: %s", task.tool_call_id, error)
            self._data, self._text = data, text
            self._show_s = self._shown_s + self._policy.look_every_s
        else:
            if result.cancel_requested:
                self._stop(cell)

    def _joined(self) -> dict[str, str] | None:
        return {"text": "".join(self._text)} if self._text else None

    def _look(self, cell: Cell, now_s: float) -> None:
        beats = now_s >= self._beat_s
        try:
            look = store.beat if beats else store.look
            cancel = look(self._db, self._task)
        except Unavailable as error:
            _log.warning("call %s goes on unseen: %s", self._task.tool_call_id, error)
        else:
            if cancel is None or cancel:
                self._stop(cell)
            if beats:
                self._beat_s = now_s + self._policy.beat_every_s
        self._look_s = now_s + self._policy.look_every_s

    def _stop(self, cell: Cell) -> None:
        if self._kill_s == inf:
            self._kill_s = self._clock.monotonic() + self._policy.stop_within_s
            cell.ask_to_stop()


class _NotOurs(Exception):
    """Somebody else has ended or requeued the task; undo the event."""
