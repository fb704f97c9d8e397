"""A process's view of all breakers: what it may know by itself, and what it has still to say."""

import logging
import threading
from dataclasses import dataclass, field
from random import Random

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.errors import Unavailable
from runtime_app.observability import telemetry
from runtime_app.resilience import store
from runtime_app.resilience.breaker import Breaker, BreakerPolicy, Change
from runtime_app.resilience.keys import labels
from runtime_app.resilience.store import Admission, ProbeResult, Refused
from runtime_app.resilience.tally import Tally, Weight

_log = logging.getLogger(__name__)

CHANNEL = "provider_control"
#: How long a process may believe that a breaker is closed.
KNOWN_S = 1.0
FLUSH_EVERY_S = 0.25
#: Faults are written at once, but of one key at most 20 times a second.
FLUSH_APART_S = 0.05


class Breakers:
    """Admissions and outcomes of one process; safe to share between threads.

    `start` begins to write what was summed up; without it only faults and probes are.
    """

    def __init__(self, db: Database, clock: Clock, rng: Random | None = None) -> None:
        self._db = db
        self._clock = clock
        self._rng = rng or Random()
        self._views: dict[str, _View] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_writing, name="breakers", daemon=True)

    def start(self) -> None:
        """Write every 250 ms what has been counted."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end."""
        self._stopping.set()
        self._thread.join()
        self.flush()

    def admit(
        self, key: str, ttl_s: float, policy: BreakerPolicy
    ) -> tuple[Admission, Change | None]:
        """As `store.admit`; a breaker that was just seen closed is not asked again.

        Callers who come together ask one after the other, and are all refused by the first no that
        was asked for after they had come.

        Raises:
            Refused: no call may go out.
            Unavailable: nobody can say.
        """
        view = self._view(key, policy)
        came_s = self._clock.monotonic()
        known = view.known
        if known is not None and came_s < known[1]:
            return known[0], None
        with view.asking:
            known, asked_s = view.known, self._clock.monotonic()
            if known is not None and asked_s < known[1]:
                return known[0], None
            try:
                if view.refused is not None and view.refused[1] > came_s:
                    raise view.refused[0].again()
                admission, change = store.admit(self._db, key, ttl_s, policy)
            except Refused as refused:
                view.known = None
                if view.refused is None or view.refused[1] <= came_s:
                    view.refused = (refused, asked_s)
                provider, op = labels(key)
                telemetry.emit("breaker.rejected", provider=provider, op=op)
                raise
            view.known = (admission, asked_s + KNOWN_S) if admission.permit is None else None
        if change is not None:
            _tell(change)
        return admission, change

    def settle(
        self,
        admission: Admission,
        weight: Weight,
        *,
        slow: bool = False,
        throttle_s: float | None = None,
    ) -> Change | None:
        """Say how a call ended; what that has changed.

        Effects: a fault, a throttle and a probe's end are written before this returns, everything
            else within 250 ms. What cannot be written is kept for the next time.
        """
        view = self._views[admission.key]
        if admission.permit is not None:
            return self._settle_probe(view, admission, weight, slow, throttle_s)
        if weight == "nothing" and throttle_s is None:
            return None
        view.add(admission.generation, weight, slow, throttle_s)
        if weight == "fault" or slow or throttle_s is not None:
            return self._write(view)
        return None

    def peek(self, key: str) -> store.Seen | None:
        """As `store.peek`."""
        return store.peek(self._db, key)

    def forget(self, key: str) -> None:
        """Believe nothing of that breaker any more: it has changed."""
        view = self._views.get(key)
        if view is not None:
            view.known = None

    def forget_all(self) -> None:
        """Believe nothing: what was missed is unknown."""
        for view in tuple(self._views.values()):
            view.known = None

    def flush(self) -> None:
        """Write now whatever has been counted."""
        for view in tuple(self._views.values()):
            self._write(view)

    def _keep_writing(self) -> None:
        while not self._stopping.wait(FLUSH_EVERY_S):
            self.flush()

    def _view(self, key: str, policy: BreakerPolicy) -> "_View":
        view = self._views.get(key)
        return view if view is not None else self._views.setdefault(key, _View(key, policy))

    def _settle_probe(
        self,
        view: "_View",
        admission: Admission,
        weight: Weight,
        slow: bool,
        throttle_s: float | None,
    ) -> Change | None:
        results: dict[Weight, ProbeResult] = {"ok": "ok", "fault": "fault", "nothing": "none"}
        result: ProbeResult = "slow" if weight == "ok" and slow else results[weight]
        provider, op = labels(view.key)
        telemetry.emit("breaker.probed", provider=provider, op=op, result=result)
        try:
            row = store.settle_probe(
                self._db, admission, result, view.policy, self._jitter(), throttle_s
            )
        except Unavailable as error:
            _log.warning("a probe of %s keeps its slot until it runs out: %s", view.key, error)
            return None
        return self._told(view, row, admission.generation, "half_open", 1)

    def _write(self, view: "_View") -> Change | None:
        """Write what has been counted; faults that come in a crowd are written together."""
        change: Change | None = None
        with view.writing:
            if not view.tallies:
                return None
            early_s = view.written_s + FLUSH_APART_S - self._clock.monotonic()
            if early_s > 0:
                self._stopping.wait(early_s)
            for tally in view.take():
                asked_s = self._clock.monotonic()
                try:
                    row = store.count(self._db, view.key, tally, view.policy, self._jitter())
                except Unavailable as error:
                    view.put_back(tally)
                    _log.warning("outcomes of %s are kept for later: %s", view.key, error)
                    continue
                finally:
                    view.written_s = self._clock.monotonic()
                if row is not None and row.throttled:
                    view.known = None
                change = self._told(view, row, tally.generation, "closed", tally.calls) or change
                if row is not None and row.state == "closed" and not row.throttled:
                    view.known = (Admission(view.key, row.generation), asked_s + KNOWN_S)
        return change

    def _told(
        self, view: "_View", row: Breaker | None, generation: int, before: str, calls: int
    ) -> Change | None:
        """What a write has changed; stale outcomes are told, and so is a change."""
        if row is None:
            view.known = None
            provider, op = labels(view.key)
            telemetry.emit("breaker.stale", calls, provider=provider, op=op)
            return None
        if row.generation == generation:
            return None
        view.known = None
        change = Change.into(row, before)
        _tell(change)
        return change

    def _jitter(self) -> float:
        return self._rng.uniform(0.8, 1.2)


def _tell(change: Change) -> None:
    provider, op = labels(change.key)
    telemetry.emit("breaker.moved", provider=provider, op=op, to=change.after)


@dataclass(slots=True)
class _View:
    """What the process knows of one breaker, until when; and what it has counted of it.

    `refused` is the last no, and when that was asked for.
    """

    key: str
    policy: BreakerPolicy
    known: tuple[Admission, float] | None = None
    refused: tuple[Refused, float] | None = None
    asking: threading.Lock = field(default_factory=threading.Lock)
    tallies: dict[int, Tally] = field(default_factory=dict)
    written_s: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock = field(default_factory=threading.Lock)

    def add(self, generation: int, weight: Weight, slow: bool, throttle_s: float | None) -> None:
        with self.lock:
            tally = self.tallies.get(generation)
            if tally is None:
                tally = self.tallies[generation] = Tally(generation)
            tally.add(weight, slow=slow, throttle_s=throttle_s)

    def take(self) -> tuple[Tally, ...]:
        with self.lock:
            taken = tuple(self.tallies[generation] for generation in sorted(self.tallies))
            self.tallies = {}
        return taken

    def put_back(self, tally: Tally) -> None:
        with self.lock:
            later = self.tallies.get(tally.generation)
            if later is None:
                self.tallies[tally.generation] = tally
            else:
                later.put_back(tally)
