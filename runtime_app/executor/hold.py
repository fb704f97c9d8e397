"""An executor's hold on a run: what it knows of it besides the state, and when it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime_app.events.event import NOBODY, Origin
from runtime_app.leases.scope import RunScope
from runtime_app.observability import current


@dataclass(slots=True)
class Hold:
    """One executor's hold on a run: since when, for whom, and the status that its row shows.

    All seconds are of this process's monotonic clock.

    Args:
        granted_at, granted_s: one moment by the database's clock and by ours; only what has passed
            since then is measured here.
        kept_seq: that of its newest checkpoint.
    """

    scope: RunScope
    since_s: float
    granted_at: datetime
    granted_s: float
    shown_status: str = ""
    kept_seq: int = 0
    origin: Origin = NOBODY
    _failure: object = None
    _until_s: float = 0.0

    def answer(self, origin: Origin) -> None:
        """From now on this executor works for that request."""
        self.origin = origin
        current.bind(origin.trace, origin.request_id)

    def now(self, now_s: float) -> datetime:
        """The time by the database's clock, whatever this machine's says."""
        return self.granted_at + timedelta(seconds=now_s - self.granted_s)

    def waits(self, after: object, wait_s: float, now_s: float) -> bool:
        """Wait for `wait_s` after a failure; whether something has come between.

        Asked again after the same failure it waits for the rest only: an input that arrives
        meanwhile is no reason to begin anew.
        """
        if wait_s > 0 and after != self._failure:
            self._failure, self._until_s = after, now_s + wait_s
        rest_s = self._until_s - now_s if wait_s > 0 else 0.0
        return rest_s > 0 and self.scope.wait(rest_s)
