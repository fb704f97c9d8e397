"""A process is killed at each statement of a run in turn, and the run ends once, and well."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.events import log
from runtime_app.events.integrity import verify
from runtime_app.executor.evolve import fold
from runtime_app.executor.state import RunState
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.runs import lifecycle, store
from tests.support.api import fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.lane import Lane, lane
from tests.support.nursery import Nursery, nursery
from tests.support.postgres import Session, session
from tests.support.runs import DEFAULTS, LIMITS, ORIGIN, OWNER, request
from tests.support.sanitizer import SANITIZER
from tests.support.stack import eventually

MODEL = "scripted/tools?calls=1&parallel=1"
HELLO = Frame("hello", "user_message", {"text": "hello"})
LANES = 2
#: A run with one tool call sends more statements than this.
LEAST = 8
#: How many runs the stack may take from under the lanes' hands.
PATIENCE = 20
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
    """Runs whose processes are killed at statement 1, 2, 3 …, until one is not."""

    def __init__(self, db: Database, owner_url: str) -> None:
        self.runs: list[tuple[int, str]] = []
        self.victims: dict[int, int] = {}
        self._db, self._owner_url = db, owner_url
        self._numbers, self._lock = count(1), threading.Lock()
        self._over = threading.Event()
        self._again: list[int] = []
        self._disturbed = 0

    def work(self, lane: Lane) -> None:
        """Go on in this lane until a run has come through."""
        with lane.worker("worker-tools"), session(self._owner_url) as owner:
            while not self._over.is_set():
                with lane.worker("worker-runs"):
                    self._one(lane, owner)

    def _one(self, lane: Lane, owner: Session) -> None:
        with self._lock:
            number = self._again.pop() if self._again else next(self._numbers)
        run_id = self._start()
        self.runs.append((number, run_id))
        lane.killer.arm(run_id, number)
        lane.step(run_id)
        eventually(
            lambda: (
                lane.killer.died.is_set() or (lane.killer.seen < number and ended(self._db, run_id))
            ),
            within_s=60,
            what=f"the kill at statement {number}, or the end",
        )
        if lane.killer.died.is_set():
            self.victims[number] = lane.killer.victim
            owner.run(UNTOLD, id=run_id)
        elif lane.killer.seen < LEAST or lost(self._db, run_id):
            self._disturb(number)
        else:
            self._over.set()

    def _disturb(self, number: int) -> None:
        """The lane was held up for so long that the stack took the run: once more."""
        self._disturbed += 1
        assert self._disturbed < PATIENCE, "the lanes do not get to their runs in time"
        self._again.append(number)

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
    return any(e.type == "run.executor_lost" for e in log.read_after(db, run_id, 0, limit=1000))


def check(db: Database, run_id: str) -> None:
    """It has ended once and as it should; the row, the log and the fold say the same."""
    events = log.read_after(db, run_id, 0, limit=1000)
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

    assert len(killing.victims) >= LEAST
    assert len(set(killing.victims.values())) == len(killing.victims)
    for number, run_id in killing.runs:
        eventually(
            lambda: ended(stack_db, run_id),  # noqa: B023
            within_s=60,
            what=f"the end of the run whose process was killed at statement {number}",
        )
        check(stack_db, run_id)
