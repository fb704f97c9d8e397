"""Budgets as rows that processes share: buckets, advances, corrections, owners in turn."""

from typing import Any

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.resilience.rate_budgets import RateBudgets, budgets
from runtime_app.resilience.rate_limits import RateLimits
from runtime_app.security.principal import Principal
from tests.support.postgres import Session
from tests.support.runs import start

KEY = "p|cred:00000000"
PATIENT_S = 15.0


class Watch(SystemClock):
    """A process's clock that stands still until it is moved."""

    at_s = 100.0

    def monotonic(self) -> float:
        return self.at_s


class Counting:
    """A database that counts its statements."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.made = 0

    def one(self, *query: Any, **params: Any) -> Any:
        self.made += 1
        return self.db.one(*query, **params)

    def execute(self, *query: Any, **params: Any) -> int:
        self.made += 1
        return self.db.execute(*query, **params)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def process(db: Database, watch: Watch) -> RateBudgets:
    return RateBudgets(db, watch)


def let_pass(owner: Session, seconds: float) -> None:
    owner.run(
        "update runtime.provider_rate_budgets"
        " set updated_at = updated_at - make_interval(secs => %(s)s),"
        "     throttled_until = throttled_until - make_interval(secs => %(s)s)",
        s=seconds,
    )


def takes(process: RateBudgets, limits: RateLimits, run_id: str = "r", tokens: int = 1) -> bool:
    return process.take(KEY, limits, run_id, tokens, PATIENT_S) is None


def test_a_minutes_worth_is_there_at_once_and_then_it_fills_evenly(
    process: RateBudgets, owner: Session
):
    five = RateLimits(5, None)
    assert [takes(process, five) for _ in range(7)] == [True] * 5 + [False] * 2
    assert process.take(KEY, five, "r", 1, PATIENT_S) == pytest.approx(12, abs=1)

    let_pass(owner, 12.1)
    assert [takes(process, five) for _ in range(2)] == [True, False]


def test_both_buckets_give_or_neither(process: RateBudgets, db: Database, owner: Session):
    limits = RateLimits(10, 600)
    assert takes(process, limits, tokens=500)
    assert process.take(KEY, limits, "r", 300, PATIENT_S) == pytest.approx(20, abs=1)
    [row] = budgets(db)
    assert (int(row.requests), int(row.tokens)) == (9, 100)

    let_pass(owner, 20.5)
    assert takes(process, limits, tokens=300)


def test_a_call_larger_than_the_bucket_goes_when_that_is_full_and_is_paid_off_after(
    process: RateBudgets, owner: Session
):
    limits = RateLimits(None, 600)
    assert takes(process, limits, tokens=900)
    assert process.take(KEY, limits, "r", 1, PATIENT_S) == pytest.approx(30, abs=1)
    let_pass(owner, 30.5)
    assert takes(process, limits, tokens=1)


def test_what_was_guessed_wrong_is_put_right(process: RateBudgets, db: Database, watch: Watch):
    limits = RateLimits(10, 1000)
    takes(process, limits, tokens=100)
    process.give_back(KEY, 0, 100 - 700)
    watch.at_s += 1.5
    process.flush()
    [row] = budgets(db)
    assert (int(row.requests), int(row.tokens)) == (9, pytest.approx(300, abs=30))

    process.give_back(KEY, 1, 700)
    watch.at_s += 1.5
    process.flush()
    [row] = budgets(db)
    assert int(row.requests) == 10
    assert int(row.tokens) == pytest.approx(1000, abs=30)


def test_a_busy_process_makes_few_statements_and_no_two_take_more_than_there_is(
    db: Database, watch: Watch, owner: Session
):
    busy = RateLimits(600, None)
    counting = Counting(db)
    process = RateBudgets(counting, watch)  # type: ignore[arg-type]
    made = sum(takes(process, busy) for _ in range(300))
    assert made == 300
    assert counting.made < 20

    other = RateBudgets(db, watch)
    left = sum(takes(each, busy) for _ in range(200) for each in (process, other))
    assert 290 <= left <= 330  # and what has come since
    watch.at_s += 1.5
    process.flush()
    assert owner.value("select requests_level >= 0 from runtime.provider_rate_budgets")


def test_who_is_alone_takes_nothing_in_advance(process: RateBudgets, db: Database):
    takes(process, RateLimits(6, 600), tokens=500)
    [row] = budgets(db)
    assert (int(row.requests), int(row.tokens) // 100) == (5, 1)


def test_a_throttle_holds_for_all_processes_until_it_is_over(
    process: RateBudgets, db: Database, owner: Session
):
    limits = RateLimits(10, None)
    takes(process, limits)
    process.throttle(KEY, 7.0)
    other = RateBudgets(db, SystemClock())
    assert other.take(KEY, limits, "r", 1, PATIENT_S) == pytest.approx(7, abs=1)
    assert budgets(db)[0].throttled_until is not None

    let_pass(owner, 7.1)
    assert takes(other, limits)


def test_owners_are_served_in_turn_once_somebody_waits(
    process: RateBudgets, db: Database, owner: Session
):
    few = RateLimits(6, None)
    greedy = [start(db, owner=Principal(user_id=1), thread_id=f"g{n}").run_id for n in range(6)]
    modest = [start(db, owner=Principal(user_id=2), thread_id=f"m{n}").run_id for n in range(3)]
    assert all(takes(process, few, run_id) for run_id in greedy)

    served: list[str] = []
    for _ in range(7):
        let_pass(owner, 10.1)
        owner.run("update runtime.provider_rate_turns set waits_until = now() + interval '5 s'")
        for name, run_ids in (("greedy", greedy), ("greedy", greedy), ("modest", modest)):
            if takes(process, few, run_ids[0]):
                served.append(name)
    assert served[:2] == ["greedy"] * 2  # before it was known that somebody waits
    assert served[1:] == ["greedy", "modest"] * 3


def test_one_who_waits_no_longer_is_nobody_to_wait_for(
    process: RateBudgets, db: Database, owner: Session
):
    few = RateLimits(1, None)
    one, two = (start(db, owner=Principal(user_id=n), thread_id=f"t{n}").run_id for n in (1, 2))
    assert takes(process, few, one)
    owner.run("update runtime.provider_rate_budgets set requests_level = 0.9")
    assert not takes(process, few, two)
    assert budgets(db)[0].owners_waiting == 1
    owner.run("update runtime.provider_rate_turns set waits_until = now() - interval '1 s'")
    let_pass(owner, 60)
    assert takes(process, few, one)


def test_who_would_not_wait_so_long_does_not_get_in_line(process: RateBudgets, db: Database):
    few = RateLimits(1, None)
    takes(process, few)
    assert process.take(KEY, few, "r", 1, PATIENT_S) == pytest.approx(60, abs=1)
    assert budgets(db)[0].owners_waiting == 0
