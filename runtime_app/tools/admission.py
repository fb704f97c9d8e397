"""How many more tool tasks may be open: of one run, and in all."""

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.observability import telemetry
from runtime_app.runs.admission import TaskLimits

_SQL = beside(__file__)


class Room:
    """What the limits leave at one moment; each `refusal` that is None has used one up.

    The limit of a run is exact, for only its executor adds tasks. That in all is looked at once per
    answer: answers that end at the same moment may pass it together.
    """

    def __init__(self, limits: TaskLimits, of_run: int, in_all: int) -> None:
        self._limits = limits
        self._of_run = of_run
        self._in_all = in_all

    @classmethod
    def of(cls, db: Database, run_id: str, limits: TaskLimits) -> "Room":
        """The room that there is now."""
        row = db.one(_SQL["count_open"], run_id=run_id, most=limits.in_all)
        assert row is not None
        return cls(limits, row.of_run, row.in_all)

    def refusal(self) -> str | None:
        """Why no other task may be added, in words for the model; None when one has been.

        Effects:
            admission.refused.
        """
        limits = self._limits
        if self._of_run >= limits.per_run:
            telemetry.emit("admission.refused", limit="tool_tasks_per_run")
            return f"too many tool tasks: this run has {limits.per_run} open; wait for some"
        if self._in_all >= limits.in_all:
            telemetry.emit("admission.refused", limit="tool_tasks")
            return f"too many tool tasks: the service has {limits.in_all} open; try again later"
        self._of_run += 1
        self._in_all += 1
        return None
