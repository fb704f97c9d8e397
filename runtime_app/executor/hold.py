"""An executor's hold on a run: what it knows of it besides the state, and when it ends."""

from dataclasses import dataclass

from runtime_app.events.event import NOBODY, Origin
from runtime_app.leases.scope import RunScope
from runtime_app.observability import current


@dataclass(slots=True)
class Hold:
    """One executor's hold on a run: since when, for whom, and the status that its row shows.

    `kept_seq` is that of its newest checkpoint.
    """

    scope: RunScope
    since_s: float
    shown_status: str = ""
    kept_seq: int = 0
    origin: Origin = NOBODY

    def answer(self, origin: Origin) -> None:
        """From now on this executor works for that request."""
        self.origin = origin
        current.bind(origin.trace, origin.request_id)
