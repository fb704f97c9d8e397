"""Fetches are let out by the breaker of their origin, and counted by how they end."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.resilience import store
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.fetch_guard import FetchGuard, forget_idle
from runtime_app.tools.adapters.fetched import FETCHED
from tests.support.postgres import Session

CLOCK = SystemClock()
GET = {"url": "https://example.com/x"}


@pytest.fixture
def guard(db: Database) -> FetchGuard:
    return FetchGuard(db, Breakers(db, CLOCK), BreakerPolicy(), CLOCK)


def states(db: Database) -> dict[str, str]:
    return {breaker.key: breaker.state for breaker in store.breakers(db)}


def test_an_origin_at_fault_is_left_alone_and_others_are_not(db: Database, guard: FetchGuard):
    for _ in range(5):
        guard.enter("bad.example", 30).leave(Outcome.UNREACHABLE)
    with pytest.raises(ProviderError) as refused:
        guard.enter("bad.example", 30)
    assert refused.value.reason_code == "provider_failed.breaker_open"
    guard.enter("good.example", 30).leave(Outcome.SUCCESS)
    assert states(db) == {
        "http|fetch|bad.example": "open",
        "http|fetch|good.example": "closed",
    }


def test_success_between_faults_keeps_it_closed_whichever_process_saw_it(
    db: Database, guard: FetchGuard
):
    other = FetchGuard(db, Breakers(db, CLOCK), guard.policy, CLOCK)
    for _ in range(4):
        for _ in range(4):
            guard.enter("a.example", 30).leave(Outcome.PROVIDER_FAULT)
        for _ in range(12):
            other.enter("a.example", 30).leave(Outcome.SUCCESS)
    assert states(db) == {"http|fetch|a.example": "closed"}


def test_one_that_wants_to_be_left_alone_is(guard: FetchGuard):
    guard.enter("a.example", 30).leave(Outcome.THROTTLED, 30.0)
    with pytest.raises(ProviderError) as refused:
        guard.enter("a.example", 30)
    assert refused.value.reason_code == "provider_failed.throttled"


def test_beyond_so_many_origins_the_rest_shares_a_breaker(db: Database, guard: FetchGuard):
    few = replace(guard, most_origins=2)
    for host in ("a.example", "b.example", "c.example", "d.example", "a.example"):
        few.enter(host, 30).leave(Outcome.SUCCESS)
    assert set(states(db)) == {
        *("http|fetch", "http|fetch|a.example", "http|fetch|b.example"),
    }


def test_a_closed_one_that_nobody_asks_is_forgotten_after_a_day(
    db: Database, guard: FetchGuard, owner: Session
):
    for host in ("old.example", "new.example", "bad.example"):
        guard.enter(host, 30).leave(Outcome.SUCCESS)
    for _ in range(5):
        guard.enter("bad.example", 30).leave(Outcome.TIMEOUT)
    owner.run(
        "update runtime.provider_breakers set updated_at = now() - interval '25 h'"
        " where key not like '%new%'"
    )
    assert forget_idle(db) == 1
    assert set(states(db)) == {"http|fetch|new.example", "http|fetch|bad.example"}
    guard.enter("old.example", 30).leave(Outcome.SUCCESS)


ANSWER: Mapping[str, Any] = {"url": GET["url"], "status": 200, "headers": {}}


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (partial(FETCHED.answered, GET, ANSWER), "success"),
        (partial(FETCHED.answered, GET, {**ANSWER, "status": 404}), "caller_fault"),
        (partial(FETCHED.answered, GET, {**ANSWER, "status": 502}), "provider_fault"),
        (partial(FETCHED.answered, GET, {**ANSWER, "status": 503}), "provider_fault"),
        (
            partial(
                FETCHED.answered, GET, {**ANSWER, "status": 503, "headers": {"retry-after": "7"}}
            ),
            "throttled",
        ),
        (partial(FETCHED.answered, GET, {**ANSWER, "status": 429}), "throttled"),
        (
            partial(FETCHED.answered, GET, {**ANSWER, "url": "https://b.example/", "status": 500}),
            "success",
        ),
        (partial(FETCHED.refused, "unreachable: no"), "unreachable"),
        (partial(FETCHED.refused, "timed_out: no"), "timeout"),
        (partial(FETCHED.refused, "host_not_allowed: no"), "blocked"),
        (partial(FETCHED.refused, "proxy_refused: no"), "blocked"),
        (partial(FETCHED.refused, "anything else"), "blocked"),
    ],
)
def test_whose_fault_it_is(told: Any, outcome: str):
    assert told().outcome == outcome


def test_the_origin_is_the_host_of_the_url():
    assert FETCHED.host(GET) == "example.com"
    assert FETCHED.host({"url": "nonsense"}) == ""
