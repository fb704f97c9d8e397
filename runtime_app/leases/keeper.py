"""One thread per process that renews every lease it holds, and tells the holders what it learns."""

import logging
import threading

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.errors import Unavailable
from runtime_app.leases import store
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.scope import RunScope

_log = logging.getLogger(__name__)


class LeaseKeeper:
    """The scopes of this process by run, and the heartbeat that keeps their leases.

    Start it after fork. It also carries cancel requests to the scopes: from renewals, and from
    whoever listens to `run_control` and calls `cancel`.
    """

    def __init__(self, db: Database, policy: LeasePolicy, clock: Clock) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._scopes: dict[str, RunScope] = {}
        self._draining = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease-keeper", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stop beating; the leases are left to their holders."""
        self._stop.set()

    def hold(self, lease: Lease, acquired_at_s: float) -> RunScope:
        """Keep a lease that was asked for at the monotonic moment `acquired_at_s`."""
        scope = RunScope(lease, self._clock, self._policy.trusted_until(acquired_at_s))
        with self._lock:
            self._scopes[lease.run_id] = scope
            draining = self._draining
        if draining:
            scope.drain()
        return scope

    def drop(self, scope: RunScope) -> None:
        """Stop keeping it; nothing happens when it has been replaced or dropped before."""
        run_id = scope.lease.run_id
        with self._lock:
            if self._scopes.get(run_id) is scope:
                del self._scopes[run_id]

    def cancel(self, run_id: str) -> None:
        """Tell the holder of a run, if it is in this process, that it shall end."""
        scope = self._scopes.get(run_id)
        if scope is not None:
            scope.cancel()

    def drain(self) -> None:
        """Tell every holder, now and later, that this process is about to stop."""
        with self._lock:
            self._draining = True
            scopes = list(self._scopes.values())
        for scope in scopes:
            scope.drain()

    def beat(self) -> None:
        """Renew once. What is not renewed in time is lost, whatever the reason."""
        with self._lock:
            scopes = dict(self._scopes)
        if not scopes:
            return
        started_s = self._clock.monotonic()
        try:
            held = store.renew(self._db, [scope.lease for scope in scopes.values()], self._policy)
        except Unavailable as error:
            _log.warning("leases not renewed: %s", error)
            for scope in scopes.values():
                if scope.lost:
                    scope.lose()  # wakes who waits; the scope itself knows by its own clock
            return
        for run_id, scope in scopes.items():
            if run_id not in held:
                scope.lose()
                continue
            scope.trust(self._policy.trusted_until(started_s))
            if held[run_id]:
                scope.cancel()

    def _beat(self) -> None:
        while not self._stop.wait(self._policy.heartbeat_s):
            try:
                self.beat()
            except Exception:  # noqa: BLE001 - a heart that stops would lose every run of the process
                _log.exception("a heartbeat failed")
