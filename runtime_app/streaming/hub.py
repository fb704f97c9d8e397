"""The tails of this process, and what wakes them."""

import logging
import threading
from random import Random

from runtime_app.backoff import jittered_s
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unavailable
from runtime_app.events.channel import parse_run_event
from runtime_app.observability import telemetry
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.tail import Tail

_SQL = beside(__file__)
_log = logging.getLogger(__name__)

HEAL_EVERY_S = 15.0


class Hub:
    """run_id -> the tail its readers share.

    Woken by notifications; healed every 15 s, and after every reconnect of the listener, by one
    query over the heads of all tails.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._tails: dict[str, Tail] = {}
        self._stop = threading.Event()
        self._healer = threading.Thread(target=self._keep_healing, name="hub-healer", daemon=True)

    def start(self) -> None:
        """Begin to heal. Start it after fork."""
        self._healer.start()

    def attach(self, run_id: str, bell: Bell, latest_seq: int) -> Tail:
        """The tail of a run, for one more reader; `detach` it when the reader is gone.

        Args:
            bell: what wakes the reader.
            latest_seq: how far the log reaches, as the reader knows.
        """
        with self._lock:
            tail = self._tails.get(run_id)
            if tail is None:
                tail = self._tails[run_id] = Tail(self._db, run_id, latest_seq)
            tail.join(bell)
            if self._stop.is_set():
                tail.close()
        tail.hint(latest_seq)
        return tail

    def detach(self, tail: Tail, bell: Bell) -> None:
        """One reader less; a tail without readers is forgotten."""
        with self._lock:
            tail.leave(bell)
            if tail.readers == 0 and self._tails.get(tail.run_id) is tail:
                del self._tails[tail.run_id]

    def on_notify(self, _channel: str, payload: str) -> None:
        """A notification of an append."""
        run_id, seq = parse_run_event(payload)
        tail = self._tails.get(run_id)
        if tail is not None:
            tail.hint(seq)

    def heal(self) -> None:
        """Make good any notification that was lost: one query for all tails."""
        run_ids = list(self._tails)
        if not run_ids:
            return
        try:
            rows = self._db.all(_SQL["heads_of"], run_ids=run_ids)
        except Unavailable as error:
            _log.warning("tails not re-read: %s", error)
            return
        for row in rows:
            tail = self._tails.get(row.run_id)
            if tail is not None and tail.hint(row.seq):
                telemetry.emit("stream.healed")

    @property
    def readers(self) -> int:
        """Streams open in this process."""
        with self._lock:
            return sum(tail.readers for tail in self._tails.values())

    def close(self) -> None:
        """End every stream, now and from now on, so that its client resumes elsewhere."""
        self._stop.set()
        with self._lock:
            tails = list(self._tails.values())
        for tail in tails:
            tail.close()

    def _keep_healing(self) -> None:
        rng = Random()
        while not self._stop.wait(jittered_s(HEAL_EVERY_S, rng)):
            try:
                self.heal()
            except Exception:  # noqa: BLE001 - without it a lost hint stalls its readers
                _log.exception("tails not re-read")
