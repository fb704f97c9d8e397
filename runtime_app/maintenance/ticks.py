"""Once a tick: who claims a tick of a periodic job does the job, and nobody else does.

Two beats, a message that comes twice, one that comes an hour late: the database says who is first.
A tick that nobody claims is missed, and so is one that comes while the job is at work; the next
makes both good, for jobs find their work in the rows. A worker that dies in the middle keeps the
job to itself until `takes_s` has passed, no longer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.observability import telemetry

_SQL = beside(__file__, "ticks.sql")

Done = TypeVar("Done")


class Answer(StrEnum):
    """What is said to who brings a tick."""

    CLAIMED = "claimed"
    TAKEN = "taken"  # this tick, or a later one, has been claimed before
    BUSY = "busy"  # the job is still at work on an earlier one
    AHEAD = "ahead"  # it is further from now than clocks may be apart


#: How a tick may end, as it is counted.
RESULTS = ("succeeded", "failed", "taken", "busy", "ahead")


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick of one job.

    Args:
        job: the job's kind.
        tick_s: seconds since 1970, a multiple of the job's interval.
        ahead_s: how far in the database's future it may lie.
        takes_s: for how long a claim lasts, should its holder die.
    """

    job: str
    tick_s: int
    ahead_s: int
    takes_s: int


def claim(db: Database, tick: Tick) -> Answer:
    """Claim the tick, if nobody has; committed at once.

    Effects: beat_jobs.
    """
    row = db.one(
        _SQL["claim_tick"],
        job=tick.job,
        tick_s=tick.tick_s,
        ahead_s=tick.ahead_s,
        takes_s=tick.takes_s,
    )
    return Answer(row.answer) if row is not None else Answer.TAKEN


def once(db: Database, tick: Tick, work: Callable[[], Done]) -> Done | None:
    """Do `work` if the tick is ours to do; None if it is not.

    Raises:
        Exception: whatever `work` raises; the tick has failed then and is not tried again.

    Effects: beat_jobs, beside those of the work; tells `beat.ran`.
    """
    result = "failed"
    try:
        answer = claim(db, tick)
        if answer is not Answer.CLAIMED:
            result = answer.value
            return None
        try:
            done = work()
            result = "succeeded"
        finally:
            db.execute(_SQL["end_tick"], job=tick.job, tick_s=tick.tick_s, result=result)
        return done
    finally:
        telemetry.emit("beat.ran", job=tick.job, result=result)
