"""Half-open under real concurrency: never more calls reach the provider than there are permits."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.resilience import store
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from tests.support.postgres import Session
from tests.support.stack import PROJECT, eventually

POLICY = BreakerPolicy()
ROUNDS = 100
CALLERS = 25


@pytest.fixture
def processes(app_url: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes with 25 callers each."""
    made = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.probers", app_url, str(CALLERS)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    yield made
    for process in made:
        with process:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_of_fifty_callers_in_two_processes_three_reach_the_provider_every_time(
    processes: list[subprocess.Popen[str]], owner: Session
):
    owner.run(
        "insert into runtime.provider_breakers (key, state, trips, opened_at, open_until)"
        " select 'p' || n || '|chat', 'open', 1, now(), now()"
        " from generate_series(1, %(rounds)s) n",
        rounds=ROUNDS,
    )
    assert [said(process) for process in processes] == ["ready\n"] * 2
    for n in range(1, ROUNDS + 1):
        for process in processes:
            tell(process, f"p{n}|chat")
        answers = [json.loads(said(process)) for process in processes]
        told = [answer for each in answers for answer in each["told"]]

        assert sorted(told) == ["probe"] * 3 + ["refused"] * 47, n


def test_of_ten_faults_at_once_all_ten_are_counted(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    wide = BreakerPolicy(faults_in_a_row=1000, volume=1000)
    breakers = Breakers(db, SystemClock())
    admission, _ = breakers.admit("p|chat", 60.0, wide)

    list(threads.map(lambda _: breakers.settle(admission, "fault"), range(10)))

    [row] = store.breakers(db, "p|chat")
    assert (row.fault, row.consecutive_faults) == (10, 10)


def test_a_process_that_is_told_of_a_trip_lets_no_call_out_any_more(db: Database):
    one, two = Breakers(db, SystemClock()), Breakers(db, SystemClock())
    admission, _ = one.admit("p|chat", 60.0, POLICY)
    two.admit("p|chat", 60.0, POLICY)
    for _ in range(5):
        change = one.settle(admission, "fault")
    assert change is not None
    assert change.after == "open"

    two.forget("p|chat")
    with pytest.raises(store.Refused):
        two.admit("p|chat", 60.0, POLICY)


def refused(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except store.Refused:
        return True
    return False


def test_without_being_told_a_process_asks_again_within_a_second(db: Database):
    breakers = Breakers(db, SystemClock())
    breakers.admit("p|chat", 60.0, POLICY)
    with db.transaction() as tx:
        store.act(tx, "p|chat", "trip", POLICY)

    assert not refused(lambda: breakers.admit("p|chat", 60.0, POLICY))
    eventually(lambda: refused(lambda: breakers.admit("p|chat", 60.0, POLICY)), within_s=5)
