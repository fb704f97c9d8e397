"""Calls under guard: scripted models with parts to play, over a real database."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import Message, ModelRequest
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.providers.timeouts import ProviderTimeouts
from runtime_app.resilience import store
from runtime_app.resilience.breaker import Breaker, BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.guard import Guard, GuardedStream, Terms
from runtime_app.resilience.keys import call_keys
from runtime_app.resilience.rate_budgets import RateBudgets, budgets
from runtime_app.resilience.rate_limits import RateTable
from tests.support.postgres import Session

CLOCK = SystemClock()
PROVIDER = ScriptedProvider(ProviderTimeouts(first_token_s=0.05))
NO_PATIENCE = Terms(wait_s=0)


@pytest.fixture
def breakers(db: Database) -> Iterator[Breakers]:
    breakers = Breakers(db, CLOCK)
    breakers.start()
    yield breakers
    breakers.stop()


@pytest.fixture
def guard(breakers: Breakers) -> Guard:
    return Guard(breakers, BreakerPolicy(open_s=0.2), {}, CLOCK)


def opened(guard: Guard, model: str, terms: Terms = NO_PATIENCE) -> GuardedStream:
    stream = guard.open(PROVIDER, ModelRequest(model, (Message("user", "hello"),)), terms)
    assert isinstance(stream, GuardedStream)
    return stream


def outcome(guard: Guard, model: str, terms: Terms = NO_PATIENCE) -> Outcome:
    stream = opened(guard, model, terms)
    with suppress(ProviderError):
        list(stream)
    assert stream.account.outcome is not None
    return stream.account.outcome


def row(db: Database, breakers: Breakers, key: str) -> Breaker:
    breakers.flush()
    [found] = store.breakers(db, key)
    return found


def test_a_script_without_a_part_is_nobody_outside(db: Database, guard: Guard):
    stream = guard.open(PROVIDER, ModelRequest("echo", (Message("user", "hello"),)), Terms())

    assert not isinstance(stream, GuardedStream)
    assert store.breakers(db) == []


def test_faults_in_a_row_open_the_breaker_of_their_provider_and_of_no_other(
    db: Database, breakers: Breakers, guard: Guard
):
    fails = "fail?after=0&error=provider_fault&as=alpha"
    assert [outcome(guard, fails) for _ in range(6)] == [
        *["provider_fault"] * 5,
        "rejected",
    ]
    assert outcome(guard, "echo?as=beta") == "success"
    assert row(db, breakers, "scripted.alpha|chat").state == "open"
    assert row(db, breakers, "scripted.beta|chat").state == "closed"


def test_a_provider_that_wants_to_be_left_alone_is_by_all_and_asked_again_after_that(
    db: Database, breakers: Breakers, guard: Guard
):
    assert outcome(guard, "throttle?retry_after=1&as=alpha") == "throttled"
    other = Guard(Breakers(db, CLOCK), guard.policy, {}, CLOCK)
    assert outcome(guard, "echo?as=alpha") == outcome(other, "echo?as=alpha") == "rejected"

    stream = opened(guard, "echo?as=alpha", Terms())
    list(stream)

    assert stream.account.outcome == "success"
    assert stream.account.rate_wait_ms > 0
    breaker = row(db, breakers, "scripted.alpha|chat")
    assert (breaker.state, breaker.fault, breaker.generation) == ("closed", 0, 1)


def test_a_callers_mistakes_are_never_the_providers_fault(
    db: Database, breakers: Breakers, guard: Guard
):
    model = "fail?after=0&error=caller_fault&as=alpha"
    assert {outcome(guard, model) for _ in range(2_000)} == {"caller_fault"}

    breaker = row(db, breakers, "scripted.alpha|chat")
    assert (breaker.state, breaker.fault, breaker.generation) == ("closed", 0, 1)


def test_calls_that_are_left_say_nothing(db: Database, breakers: Breakers, guard: Guard):
    for _ in range(2_000):
        stream = opened(guard, "tokens?n=5&as=alpha")
        next(events := iter(stream))
        stream.close()
        list(events)
        assert stream.account.outcome == "canceled"

    breaker = row(db, breakers, "scripted.alpha|chat")
    assert (breaker.state, breaker.ok, breaker.fault) == ("closed", 0, 0)


def test_a_credential_that_is_refused_closes_the_door_for_itself_alone(
    db: Database, breakers: Breakers
):
    bad = Guard(breakers, BreakerPolicy(), {"scripted": "bad key"}, CLOCK)
    good = Guard(breakers, BreakerPolicy(), {"scripted": "good key"}, CLOCK)
    refused = "fail?after=0&error=auth_fault&as=alpha"

    assert [outcome(bad, refused) for _ in range(3)] == ["auth_fault"] * 3
    assert {outcome(bad, refused) for _ in range(100)} == {"rejected"}
    assert outcome(good, "echo?as=alpha") == "success"

    shared = call_keys("scripted.alpha", "chat", "bad key")
    assert row(db, breakers, shared.of_credential).state == "open"
    assert row(db, breakers, shared.shared).state == "closed"
    assert "bad" not in shared.of_credential


def test_a_call_waits_for_a_provider_that_is_about_to_be_tried_again(
    db: Database, breakers: Breakers, guard: Guard
):
    for _ in range(5):
        outcome(guard, "fail?after=0&error=unreachable&as=alpha")
    stream = opened(guard, "echo?as=alpha", Terms())

    assert len(list(stream)) > 2

    account = stream.account
    assert (account.state, account.probe, account.outcome) == ("half_open", True, "success")
    assert account.wait_ms > 100
    assert [change.after for change in account.changes] == ["half_open"]


def test_three_probes_that_succeed_close_it_and_the_third_says_so(
    db: Database, breakers: Breakers, guard: Guard
):
    for _ in range(5):
        outcome(guard, "fail?after=0&error=timeout&as=alpha")
    streams = [opened(guard, "echo?as=alpha", Terms()) for _ in range(3)]
    for stream in streams:
        list(stream)

    assert [change.after for change in streams[2].account.changes] == ["closed"]
    assert row(db, breakers, "scripted.alpha|chat").state == "closed"


def test_a_call_that_is_cancelled_while_it_waits_is_not_made(
    db: Database, breakers: Breakers, guard: Guard
):
    with db.transaction() as tx:
        store.act(tx, "scripted.alpha|chat", "force", guard.policy, hold="open", hold_s=30)
    stream = opened(guard, "echo?as=alpha", Terms())
    stream.close()

    assert list(stream) == []
    assert stream.account.outcome == "canceled"


def test_a_stall_is_a_timeout_and_counts_as_slow(db: Database, breakers: Breakers, guard: Guard):
    assert outcome(guard, "stall?after=0&as=alpha") == "timeout"

    breaker = row(db, breakers, "scripted.alpha|chat")
    assert (breaker.fault, breaker.slow) == (1, 1)


def test_a_call_waits_for_budget_and_is_refused_where_that_takes_too_long(
    db: Database, breakers: Breakers, guard: Guard, owner: Session
):
    limited = replace(
        guard, rates=RateTable.parse("scripted.alpha=2/-"), budgets=RateBudgets(db, CLOCK)
    )
    assert [outcome(limited, "echo?as=alpha") for _ in range(2)] == ["success"] * 2
    with pytest.raises(ProviderError) as refused:
        list(opened(limited, "echo?as=alpha"))
    assert refused.value.outcome == "rejected"
    assert refused.value.reason_code == "provider_failed.rate_budget"
    assert outcome(guard, "echo?as=beta") == "success"
    assert row(db, breakers, "scripted.alpha|chat").ok == 2

    owner.run("update runtime.provider_rate_budgets set requests_level = 0.99")
    stream = opened(limited, "echo?as=alpha")
    list(stream)
    assert stream.account.outcome == "success"
    assert stream.account.rate_wait_ms > 0


def test_a_provider_that_says_no_is_left_alone_by_its_budget_and_gets_its_tokens_back(
    db: Database, guard: Guard
):
    limited = replace(
        guard, rates=RateTable.parse("scripted.alpha=9/9000"), budgets=RateBudgets(db, CLOCK)
    )
    assert outcome(limited, "throttle?retry_after=9&as=alpha") == "throttled"
    assert limited.budgets is not None
    limited.budgets.flush(older_s=0.0)
    [budget] = budgets(db)
    assert budget.throttled_until is not None
    assert (int(budget.requests), int(budget.tokens)) == (8, 9000)


def test_without_limits_nothing_is_asked(db: Database, guard: Guard):
    assert outcome(guard, "echo?as=alpha") == "success"
    assert budgets(db) == []


def test_a_call_ends_with_the_time_that_its_run_has_left_and_that_is_nobodys_fault(
    db: Database, breakers: Breakers, guard: Guard
):
    patient = ScriptedProvider()
    request = ModelRequest("stall?after=0&as=alpha", (Message("user", "hello"),))
    stream = guard.open(patient, request, Terms(within_s=0.2))
    with pytest.raises(ProviderError) as ended:
        list(stream)
    assert ended.value.outcome == "canceled"
    assert ended.value.reason_code == "provider_failed.deadline"
    assert row(db, breakers, "scripted.alpha|chat").fault == 0


def test_a_receipt_says_what_was_tried_and_what_came_of_it(guard: Guard):
    stream = opened(guard, "throttle?retry_after=7&as=alpha")
    with pytest.raises(ProviderError):
        list(stream)

    section = stream.account.section()
    [attempt] = section["attempts"]
    assert section["key"] == "scripted.alpha|chat"
    assert (section["breaker_state"], section["generation"], section["probe"]) == (
        "closed",
        1,
        False,
    )
    assert attempt | {"latency_ms": 0} == {
        "provider": "scripted.alpha",
        "outcome": "throttled",
        "executed": "no",
        "latency_ms": 0,
        "retry_after_s": 7.0,
    }
