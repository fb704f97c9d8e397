"""Starts that race for the last place: exactly as many get in as there are places."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import Conflict, RuntimeFault, Throttled
from runtime_app.runs import lifecycle
from runtime_app.runs.admission import AdmissionLimits
from tests.support.api import fresh
from tests.support.postgres import PATIENCE_S
from tests.support.runs import DEFAULTS, ORIGIN, OWNER, request

RACERS = 8


def race(db: Database, limits: AdmissionLimits, thread_of: Callable[[int], str], on_busy: str):
    """What became of starts at the same moment: None, or the fault."""
    together = Barrier(RACERS)

    def start(n: int) -> RuntimeFault | None:
        wanted = request(fresh(), thread_id=thread_of(n), on_busy=on_busy)
        together.wait(PATIENCE_S)
        try:
            with db.transaction() as tx:
                lifecycle.start_run(tx, wanted, OWNER, DEFAULTS, datetime.now(UTC), ORIGIN, limits)
        except (Throttled, Conflict) as fault:
            return fault
        return None

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(start, range(RACERS)))


def limits_of(found: list[RuntimeFault | None]) -> list[str]:
    return [fault.details[0].field for fault in found if fault is not None]


@pytest.mark.parametrize("most", [1, 3, 5])
def test_an_owner_gets_no_more_runs_than_the_limit(db: Database, most: int):
    found = race(db, AdmissionLimits(runs_per_owner=most), lambda n: f"t-{n}", "enqueue")

    assert found.count(None) == most
    assert set(limits_of(found)) == {"runs_per_owner"}


def test_of_those_that_want_the_thread_free_one_finds_it_so(db: Database):
    found = race(db, AdmissionLimits(), lambda _: "t", "reject")

    assert found.count(None) == 1
    assert set(limits_of(found)) == {"live_run"}


def test_no_more_wait_than_may(db: Database):
    found = race(db, AdmissionLimits(waiting_per_thread=3), lambda _: "t", "enqueue")

    assert found.count(None) == 1 + 3
    assert set(limits_of(found)) == {"waiting_per_thread"}


def test_a_threads_first_runs_may_come_at_the_same_instant(db: Database):
    """Often enough for two of them to meet in each of the keys that a thread has."""
    for turn in range(60):
        assert race(db, AdmissionLimits(), lambda _, n=turn: f"t-{n}", "enqueue").count(None) >= 1


def test_runs_that_have_a_slot_of_the_thread_do_not_wait(db: Database):
    limits = AdmissionLimits(waiting_per_thread=1, at_work_per_thread=4)
    found = race(db, limits, lambda _: "t", "enqueue")

    assert found.count(None) == 4 + 1
    assert set(limits_of(found)) == {"waiting_per_thread"}


def test_of_those_that_interrupt_one_another_the_last_is_left(db: Database):
    assert race(db, AdmissionLimits(), lambda _: "t", "interrupt") == [None] * RACERS
    with db.transaction() as tx:
        left = request(fresh(), thread_id="t", on_busy="reject")
        with pytest.raises(Conflict) as caught:
            lifecycle.start_run(
                tx, left, OWNER, DEFAULTS, datetime.now(UTC), ORIGIN, AdmissionLimits()
            )
    assert len(caught.value.details) == RACERS  # cancelled, and live until an executor ends them
