"""The breaker of the schema, step by step, and its edges."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from runtime_app.db.database import Database
from runtime_app.resilience import store
from runtime_app.resilience.breaker import BREAKER, RULES, BreakerPolicy
from runtime_app.resilience.store import Refused
from runtime_app.resilience.tally import Tally
from tests.support.postgres import Session
from tests.support.stack import PROJECT

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = BreakerPolicy(volume=6, faults_in_a_row=3)
TTL_S = 30.0


def test_the_schema_knows_the_edges_of_the_table_and_no_others():
    schema = (PROJECT / "migrations" / "schema.sql").read_text()
    check = schema.partition("provider_breaker_history_edges")[2].partition(";")[0]
    written = set(re.findall(r"'(\w+) > (\w+)'::text", check))

    assert written == {(a, b) for a, moves in BREAKER.table.items() for b in moves.values()}


def test_every_rule_of_the_schema_is_explained():
    migration = (PROJECT / "migrations" / "schema.sql").read_text()
    entered = re.findall(r"breaker_enter\(b, '\w+', '(\w+)'", migration)
    body = migration.partition("FUNCTION runtime.breaker_rule(")[2].partition("$function$;")[0]
    chosen = re.findall(r"then '(\w+)'\s", body)

    assert {*entered, *chosen, "forced"} == set(RULES)


def at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def trip(db: Database, key: str, seconds: float = 0.0, jitter: float = 1.0) -> None:
    admission, _ = store.admit(db, key, TTL_S, POLICY, at(seconds))
    tally = Tally(admission.generation, fault=3, fault_run=3)
    opened = store.count(db, key, tally, POLICY, jitter, at(seconds))
    assert opened is not None
    assert opened.state == "open"


def test_five_timeouts_in_three_minutes_open_it_however_few_calls_there_are(db: Database):
    policy = BreakerPolicy()
    store.admit(db, "p|chat", TTL_S, policy, at(0))
    for n in range(5):
        tally = Tally(1, fault=1, slow=1, fault_run=1)
        row = store.count(db, "p|chat", tally, policy, 1.0, at(45 * n))
    assert row is not None
    assert (row.state, row.rule) == ("open", "faults_in_a_row")


def test_it_recovers_by_steps_and_a_slow_probe_keeps_it_closed_for_longer(db: Database):
    trip(db, "p|chat")
    with pytest.raises(Refused) as refused:
        store.admit(db, "p|chat", TTL_S, POLICY, at(9.9))
    assert refused.value.wait_s == pytest.approx(0.1)

    probe, change = store.admit(db, "p|chat", TTL_S, POLICY, at(10))
    assert change is not None
    assert (change.before, change.after) == ("open", "half_open")
    row = store.settle_probe(db, probe, "slow", POLICY, 1.0, now=at(12))
    assert row is not None
    assert (row.state, row.open_until) == ("open", at(32))

    for n in range(3):
        probe, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(32 + n))
        row = store.settle_probe(db, probe, "ok", POLICY, 1.0, now=at(32.5 + n))
    assert row is not None
    assert (row.state, row.ok, row.fault) == ("closed", 0, 0)
    assert [change.rule for change in reversed(store.changes(db, "p|chat"))] == [
        "faults_in_a_row",
        "open_period_over",
        "probe_was_slow",
        "open_period_over",
        "probes_succeeded",
    ]


def test_the_jitter_of_an_open_period_moves_it_by_a_fifth_at_most(owner: Session):
    lengths = owner.rows(
        "with b as (select (json_populate_record(null::runtime.provider_breakers,"
        """ '{"key": "j|chat", "state": "closed", "generation": 1, "trips": 0,"""
        """ "closed_at": "2026-01-01T00:00:00Z"}'::json)).*)"""
        " select extract(epoch from (runtime.breaker_enter(b, 'open', 'tripped',"
        "   row('trip', b.closed_at, null, null, null, null, null, null, null, null, null, null,"
        "       0.8 + 0.4 * random())::runtime.breaker_input,"
        "   %(policy)s::runtime.breaker_policy)).open_until - b.closed_at)::float"
        " from b, generate_series(1, 1000)",
        policy=POLICY.as_row(),
    )
    assert len(lengths) == 1000
    assert all(8 <= length <= 12 for (length,) in lengths)
    assert len(set(lengths)) > 900


def test_what_comes_too_late_changes_nothing(db: Database):
    early, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(0))
    trip(db, "p|chat")

    # A slow success that began before the trip.
    assert store.count(db, "p|chat", Tally(early.generation, ok=1), POLICY, 1.0, at(1)) is None
    # A probe's result after its time.
    late, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(10))
    assert store.settle_probe(db, late, "ok", POLICY, 1.0, now=at(10 + TTL_S)) is None
    # A fault of the old generation after the close.
    for n in range(3):
        probe, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(50 + n))
        store.settle_probe(db, probe, "ok", POLICY, 1.0, now=at(50 + n))
    old = Tally(probe.generation, fault=9, fault_run=9)
    assert store.count(db, "p|chat", old, POLICY, 1.0, at(60)) is None
    # An outcome after a reset by hand.
    before, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(61))
    with db.transaction() as tx:
        store.act(tx, "p|chat", "reset", POLICY, now=at(62))
    worst = Tally(before.generation, fault=9, fault_run=9)
    assert store.count(db, "p|chat", worst, POLICY, 1.0, at(63)) is None

    [row] = store.breakers(db, "p|chat")
    assert (row.state, row.fault) == ("closed", 0)


def test_a_call_slower_than_the_whole_open_period_leaves_a_full_one_after_it(db: Database):
    trip(db, "p|chat")
    probe, _ = store.admit(db, "p|chat", 200.0, POLICY, at(10))

    row = store.settle_probe(db, probe, "fault", POLICY, 1.0, now=at(110))

    assert row is not None
    assert row.open_until == at(110 + 20)


def test_a_probe_of_which_nothing_is_heard_gives_its_permit_back_when_it_runs_out(db: Database):
    trip(db, "p|chat")
    for _ in range(3):
        store.admit(db, "p|chat", TTL_S, POLICY, at(10))
    with pytest.raises(Refused):
        store.admit(db, "p|chat", TTL_S, POLICY, at(10 + TTL_S - 0.1))

    admission, _ = store.admit(db, "p|chat", TTL_S, POLICY, at(10 + TTL_S))

    assert admission.permit == at(10 + 2 * TTL_S)


def test_being_throttled_is_a_fault_only_when_it_goes_on_for_more_than_a_minute(db: Database):
    store.admit(db, "p|chat", TTL_S, POLICY, at(0))
    for seconds in range(0, 61, 10):
        row = store.count(db, "p|chat", Tally(1, throttle_s=1.0), POLICY, 1.0, at(seconds))
        assert row is not None
        assert (row.state, row.fault) == ("closed", 0)
        assert row.throttled_until == at(seconds + 1)
    for seconds in (61, 62, 63):
        row = store.count(db, "p|chat", Tally(1, throttle_s=1.0), POLICY, 1.0, at(seconds))
    assert row is not None
    assert row.state == "open"


def test_a_breaker_that_is_held_obeys_until_that_time_and_is_then_what_it_was(db: Database):
    trip(db, "p|chat")
    with db.transaction() as tx:
        store.act(tx, "p|chat", "force", POLICY, hold="closed", hold_s=5, now=at(1))
    assert store.admit(db, "p|chat", TTL_S, POLICY, at(2))[0].permit is None
    with pytest.raises(Refused):
        store.admit(db, "p|chat", TTL_S, POLICY, at(7))

    store.admit(db, "q|chat", TTL_S, POLICY, at(0))
    with db.transaction() as tx:
        store.act(tx, "q|chat", "force", POLICY, hold="open", hold_s=5, now=at(1))
    with pytest.raises(Refused):
        store.admit(db, "q|chat", TTL_S, POLICY, at(2))
    assert store.admit(db, "q|chat", TTL_S, POLICY, at(7))[0].state == "closed"
