"""A process is killed around a hop, and whoever goes on asks the provider that was hopped to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.events.event import Event
from runtime_app.events.integrity import verify
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.runs import lifecycle, store
from tests.support.api import fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.lane import Lane, crew, lane
from tests.support.nursery import nursery
from tests.support.postgres import session
from tests.support.runs import DEFAULTS, LIMITS, ORIGIN, OWNER, events_after, request
from tests.support.sanitizer import SANITIZER
from tests.support.stack import RunningStack, eventually, running_stack
from tests.support.statement_killer import Asked

MODEL, TARGET = "scripted/fail?after=0&error=auth_fault&as=alpha", "scripted/echo?as=beta"
HELLO = Frame("hello", "user_message", {"text": "hello"})
#: For ten seconds no sweep of the stack's takes it for a run that nobody was told of.
TOLD = Query(
    "told",
    "none",
    "update runtime.run_heads set woken_at = clock_timestamp() where run_id = %(run_id)s",
)
UNTOLD = "update runtime.run_heads set woken_at = null where run_id = %(id)s"


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    with running_stack(OA_FALLBACKS=f"scripted={TARGET}") as running:
        yield running


@pytest.fixture(scope="module")
def stack_db(stack: RunningStack) -> Iterator[Database]:
    """The stack's own database; nobody is told of what is written here."""
    url = stack.state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    yield db
    db.close()


def begin(db: Database, mine: Lane, at: Asked | None) -> str:
    """A run that the lane's worker takes, and dies of at that statement."""
    run_id, thread_id = fresh(), fresh("t")
    asked = request(run_id, thread_id=thread_id, model=MODEL)
    with db.transaction() as tx:
        lifecycle.start_run(tx, asked, OWNER, DEFAULTS, datetime.now(UTC), ORIGIN, LIMITS)
        inbox.accept(tx, run_id, thread_id, OWNER, HELLO, ORIGIN, LIMITS)
        tx.execute(TOLD, run_id=run_id)
    mine.killer.arm(run_id, at)
    mine.step(run_id)
    return run_id


def until_killed(db: Database, mine: Lane, at: Asked) -> str:
    """A run whose worker died there.

    On a busy machine a run may be taken by a worker of the stack's, or be written in other batches;
    it then ends in peace, and is not one of those that are looked for.
    """
    for _ in range(5):
        run_id = begin(db, mine, at)
        died = mine.killer.died
        eventually(lambda: died.is_set() or ended(db, run_id), within_s=60, what=f"{at}")  # noqa: B023
        if died.is_set():
            return run_id
    raise AssertionError(f"no worker came to {at}")


def ended(db: Database, run_id: str) -> bool:
    run = store.get(db, run_id)
    return run is not None and run.closed


def around_the_hop(asked: list[Asked]) -> tuple[Asked, Asked]:
    """The appends of the call that failed, and of the hop: the next is the target's answer."""
    begun = [each for each in asked if each[0].endswith(" model.call_started")]
    [failed] = [each for each in asked if each[0].endswith(" model.call_failed")]
    assert len(begun) == 2
    assert asked.index(begun[0]) < asked.index(failed) < asked.index(begun[1])
    return failed, begun[1]


def check(db: Database, run_id: str, attempts: list[int]) -> None:
    """It was left once, and answered once, by the target; `attempts` are those of its calls."""
    events = events_after(db, run_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    types = [event.type for event in events]
    once = ("provider.fallback", "run.executor_lost", "model.call_finished", "run.finished")
    assert [types.count(each) for each in once] == [1] * len(once)
    assert events[-1].payload["status"] == "completed"
    calls = payloads(events, "model.call_started")
    assert [each["model"] for each in calls] == [MODEL, *[TARGET] * (len(calls) - 1)]
    assert [each["attempt"] for each in calls] == attempts
    [finished] = payloads(events, "model.call_finished")
    assert (finished["model"], finished["attempt"]) == (TARGET, attempts[-1])
    assert finished["provider"]["fallback"]["from"] == MODEL
    assert verify(db, run_id).broken is None


def payloads(events: list[Event], event_type: str) -> list[dict[str, object]]:
    return [dict(event.payload) for event in events if event.type == event_type]


def test_a_worker_that_is_killed_around_a_hop_leaves_one_hop_and_one_answer(
    stack: RunningStack, stack_db: Database, tmp_path: Path
) -> None:
    killed: list[str] = []
    with (
        nursery() as born,
        lane(stack.state, 0, born, tmp_path / "0") as mine,
        crew(mine, "worker-runs") as workers,
        session(stack.state["owner_database_url"]) as owner,
    ):
        workers.complete()
        whole = begin(stack_db, mine, None)
        eventually(lambda: ended(stack_db, whole), within_s=60, what="the end of one left alone")
        for at in around_the_hop(mine.killer.asked):
            workers.complete()
            run_id = until_killed(stack_db, mine, at)
            owner.run(UNTOLD, id=run_id)
            killed.append(run_id)
    for run_id in killed:
        eventually(lambda: ended(stack_db, run_id), within_s=60, what="the end")  # noqa: B023
    before_the_hop, after_it = killed
    check(stack_db, before_the_hop, [1, 2])
    check(stack_db, after_it, [1, 2, 3])
