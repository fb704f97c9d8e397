"""A process is killed at each statement of a run in turn, and the run ends once, and well."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.events.integrity import verify
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.runs import lifecycle, store
from tests.support.api import fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.lane import Lane, crew, lane
from tests.support.nursery import Nursery, nursery
from tests.support.postgres import Session, session
from tests.support.runs import DEFAULTS, LIMITS, ORIGIN, OWNER, events_after, request
from tests.support.sanitizer import SANITIZER
from tests.support.stack import eventually
from tests.support.statement_killer import Asked

MODEL = "scripted/tools?calls=1&parallel=1"
HELLO = Frame("hello", "user_message", {"text": "hello"})
LANES = 2
#: A run with one tool call sends so many statements. Those that are new are killed at as well; who
#: has made it do with fewer lowers this.
LEAST = 16
#: How often the stack may take a run from under a lane's hands before the lane gets to a statement.
PATIENCE = 5
#: For ten seconds no sweep takes it for a run that nobody was told of.
TOLD = Query(
    "told",
    "none",
    "update runtime.run_heads set woken_at = clock_timestamp() where run_id = %(run_id)s",
)
UNTOLD = "update runtime.run_heads set woken_at = null where run_id = %(id)s"


@pytest.fixture
def stack_db(stack_state: dict[str, Any]) -> Iterator[Database]:
    """The stack's own database; nobody is told of what is written here."""
    url = stack_state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    yield db
    db.close()


class Killing:
    """Runs whose processes are killed, each at another of the statements that a run sends.

    Attributes:
        runs: every run that was begun, and at which statement its process was to be killed.
        victims: who was killed at each.
    """

    def __init__(self, db: Database, owner_url: str) -> None:
        self.runs: list[tuple[Asked | None, str]] = []
        self.victims: dict[Asked, int] = {}
        self.counted: set[Asked] = set()
        self._db, self._owner_url = db, owner_url
        self._counts: list[set[Asked]] = []
        self._all_counted = threading.Barrier(LANES, self._distribute)
        self._lock = threading.Lock()
        self._left: list[Asked] = []
        self._tries: Counter[Asked | None] = Counter()

    def work(self, lane: Lane) -> None:
        """Count what a run asks when nobody is killed, then kill, in this lane."""
        with crew(lane, "worker-tools", "worker-runs") as workers, session(self._owner_url) as own:
            try:
                workers.complete()
                self._counts.append(self._count(lane))
            except BaseException:
                self._all_counted.abort()
                raise
            self._all_counted.wait()
            while at := self._next():
                workers.complete()
                self._kill(lane, own, at)

    def _count(self, lane: Lane) -> set[Asked]:
        while True:
            run_id = self._begin(lane, None)
            eventually(lambda: ended(self._db, run_id), within_s=60, what="the end")  # noqa: B023
            if not lost(self._db, run_id) and len(lane.killer.asked) >= LEAST:
                return set(lane.killer.asked)
            self._try_again(None)

    def _distribute(self) -> None:
        """What all runs have asked; the rest has come from something beside them."""
        self.counted = set.intersection(*self._counts)
        self._left = sorted(self.counted)

    def _next(self) -> Asked | None:
        with self._lock:
            return self._left.pop() if self._left else None

    def _kill(self, lane: Lane, owner: Session, at: Asked) -> None:
        killer, run_id = lane.killer, self._begin(lane, at)
        eventually(
            lambda: killer.died.is_set() or (at not in killer.asked and ended(self._db, run_id)),
            within_s=60,
            what=f"the kill at {at}, or the end",
        )
        if not killer.died.is_set():
            self._try_again(at)
            self._left.append(at)
            return
        self.victims[at] = killer.victim
        owner.run(UNTOLD, id=run_id)
        eventually(lambda: not psutil.pid_exists(killer.victim), what="the victim is gone")

    def _try_again(self, at: Asked | None) -> None:
        """The lane was held up for so long that the stack took the run."""
        self._tries[at] += 1
        assert self._tries[at] < PATIENCE, f"no run gets to {at or 'its end'}, or not in time"

    def _begin(self, lane: Lane, at: Asked | None) -> str:
        run_id = self._start()
        self.runs.append((at, run_id))
        lane.killer.arm(run_id, at)
        lane.step(run_id)
        return run_id

    def _start(self) -> str:
        run_id, thread_id, at = fresh(), fresh("t"), datetime.now(UTC)
        asked = request(run_id, thread_id=thread_id, model=MODEL)
        with self._db.transaction() as tx:
            lifecycle.start_run(tx, asked, OWNER, DEFAULTS, at, ORIGIN, LIMITS)
            inbox.accept(tx, run_id, thread_id, OWNER, HELLO, ORIGIN, LIMITS)
            tx.execute(TOLD, run_id=run_id)
        return run_id


def ended(db: Database, run_id: str) -> bool:
    run = store.get(db, run_id)
    return run is not None and run.closed


def lost(db: Database, run_id: str) -> bool:
    return any(e.type == "run.executor_lost" for e in events_after(db, run_id, 0))


def check(db: Database, run_id: str) -> None:
    """It has ended once and as it should; the row, the log and the fold say the same."""
    events = events_after(db, run_id, 0)
    types = [event.type for event in events]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert types.count("run.finished") == 1
    assert types[-1] == "run.finished"
    calls = [e.payload["tool_call_id"] for e in events if e.type == "tool.call"]
    results = [e.payload["tool_call_id"] for e in events if e.type == "tool.result"]
    assert len(calls) == 1
    assert results == calls
    run = store.get(db, run_id)
    assert run is not None
    assert run.status == fold(RunState(run_id), events).status == "completed"
    assert verify(db, run_id).broken is None


def test_a_run_ends_once_and_well_whichever_statement_kills_its_process(
    stack_state: dict[str, Any], stack_db: Database, tmp_path: Path
) -> None:
    killing = Killing(stack_db, stack_state["owner_database_url"])

    def work(number: int, born: Nursery) -> None:
        with lane(stack_state, number, born, tmp_path / str(number)) as mine:
            killing.work(mine)

    with nursery() as born, ThreadPoolExecutor(LANES) as threads:
        for each in [threads.submit(work, number, born) for number in range(LANES)]:
            each.result()

    assert len(killing.counted) >= LEAST
    assert set(killing.victims) == killing.counted
    assert len(set(killing.victims.values())) == len(killing.victims)
    for at, run_id in killing.runs:
        eventually(
            lambda: ended(stack_db, run_id),  # noqa: B023
            within_s=60,
            what=f"the end of the run whose process was killed at {at}",
        )
        check(stack_db, run_id)
