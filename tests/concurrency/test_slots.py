"""Slots under real concurrency: never more at work than slots, none lost, nobody left out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.runs import lifecycle
from runtime_app.runs.slots import SlotLimits
from runtime_app.security.principal import Principal
from tests.support.postgres import Session
from tests.support.runs import ORIGIN
from tests.support.sanitizer import SANITIZER
from tests.support.slot_floor import Floor, QueueDispatcher

THREADS = 8
OWNERS = 50


@pytest.fixture
def jobs() -> QueueDispatcher:
    return QueueDispatcher()


@pytest.fixture
def woken_db(database_url: str, jobs: QueueDispatcher) -> Iterator[Database]:
    """A database room whose wake-ups come at once, and only once."""
    database = Database(DatabaseSettings(database_url, database_url), jobs, SANITIZER)
    yield database
    database.close()


def run_all(floor: Floor, threads: ThreadPoolExecutor, seed: int) -> None:
    for worker in [threads.submit(floor.work, Random(seed + n)) for n in range(THREADS)]:
        worker.result()


def nothing_is_left(owner: Session) -> None:
    assert owner.value("select count(*) from runtime.slots") == 0
    assert owner.value("select count(*) from runtime.slot_line") == 0
    assert owner.value("select count(*) from runtime.runs where terminal_at is null") == 0
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert owner.value(deadlocks) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_a_sweep_every_run_gets_its_turn_and_no_slot_is_held_twice(
    woken_db: Database,
    jobs: QueueDispatcher,
    owner: Session,
    threads: ThreadPoolExecutor,
    seed: int,
):
    rng = Random(seed)
    floor = Floor(woken_db, jobs, SlotLimits(1, 2, 3, 4))
    for n in range(120):
        user = rng.randrange(8)
        autopilot = rng.choice([None, "a", "b"])
        part = rng.choice(["", "alpha", "alpha", "beta"])
        floor.bring(f"run-{n}", user, f"thread-{user}-{rng.randrange(4)}", autopilot, part)
        if rng.random() < 0.1:
            cancel_any(woken_db, f"run-{n}", owner)
    run_all(floor, threads, seed)

    assert floor.waits > 0
    nothing_is_left(owner)


def cancel_any(db: Database, run_id: str, owner: Session) -> None:
    [(thread_id, user)] = owner.rows(
        "select thread_id, owner_user_id from runtime.runs where run_id = %(id)s", id=run_id
    )
    who = Principal(user_id=user)
    with db.transaction() as tx:
        lifecycle.request_cancel(tx, run_id, thread_id, who, None, ORIGIN)


def test_runs_of_one_thread_start_in_the_order_in_which_they_came(
    woken_db: Database, jobs: QueueDispatcher, owner: Session, threads: ThreadPoolExecutor
):
    floor = Floor(woken_db, jobs, SlotLimits())
    came = [f"run-{n}" for n in range(20)]
    for run_id in came:
        floor.bring(run_id, 1, "thread", None)
    run_all(floor, threads, 7)

    assert floor.started == came
    nothing_is_left(owner)


def test_fifty_owners_of_one_autopilot_have_turns_whatever_one_of_them_has_in_line(
    woken_db: Database, jobs: QueueDispatcher, owner: Session, threads: ThreadPoolExecutor
):
    floor = Floor(woken_db, jobs, SlotLimits(1, 2, 4))
    for n in range(60):
        floor.bring(f"greedy-{n}", 0, f"thread-0-{n}", "shared")
    for user in range(1, OWNERS):
        floor.bring(f"modest-{user}", user, f"thread-{user}", "shared")
    run_all(floor, threads, 11)

    modest = [floor.started.index(f"modest-{user}") for user in range(1, OWNERS)]
    # A turn for everybody, and what had begun before they came.
    assert max(modest) < OWNERS + THREADS + 4
    nothing_is_left(owner)
