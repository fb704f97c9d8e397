"""The heartbeat of a process: what it renews, and what it tells the holders."""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.leases import store
from runtime_app.leases.keeper import LeaseKeeper
from runtime_app.leases.lease import LeasePolicy
from runtime_app.leases.scope import RunScope
from runtime_app.local.ports import free_port
from tests.support.dispatcher import RecordingDispatcher
from tests.support.postgres import PATIENCE_S, Session, session
from tests.support.runs import acquire, cancel, fresh_run, granted
from tests.support.sanitizer import SANITIZER
from tests.support.stack import eventually

POLICY = LeasePolicy(ttl_s=20, heartbeat_s=5)


@dataclass
class SetClock:
    """Stands still until it is set."""

    s: float = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.s


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keeper(db: Database, clock: SetClock) -> LeaseKeeper:
    return LeaseKeeper(db, POLICY, clock)


def hold(db: Database, keeper: LeaseKeeper, ttl_s: float = 20) -> RunScope:
    return keeper.hold(granted(db, fresh_run(db), ttl_s=ttl_s), 1000.0)


def flags(scope: RunScope) -> tuple[bool, bool, bool]:
    return scope.lost, scope.cancelled, scope.draining


def test_one_beat_renews_every_lease_that_is_held(db: Database, keeper: LeaseKeeper):
    scopes = [hold(db, keeper, ttl_s=0) for _ in range(3)]
    assert len(store.expired(db, 10)) == 3
    keeper.beat()

    assert store.expired(db, 10) == []
    assert [flags(scope) for scope in scopes] == [(False, False, False)] * 3


def test_a_lease_that_was_dropped_is_not_renewed(db: Database, keeper: LeaseKeeper):
    kept, dropped = hold(db, keeper, ttl_s=0), hold(db, keeper, ttl_s=0)
    keeper.drop(dropped)
    keeper.drop(dropped)
    keeper.beat()

    assert store.expired(db, 10) == [dropped.lease.run_id]
    assert not kept.lost


def test_a_holder_that_was_replaced_is_told_at_the_next_beat(db: Database, keeper: LeaseKeeper):
    lost, kept = hold(db, keeper), hold(db, keeper)
    store.release(db, lost.lease)
    assert acquire(db, lost.lease.run_id, "another process").outcome == "granted"
    keeper.beat()

    assert lost.lost
    assert not kept.lost


def test_a_cancel_request_comes_with_the_beat(db: Database, keeper: LeaseKeeper):
    asked, kept = hold(db, keeper), hold(db, keeper)
    cancel(db, asked.lease.run_id)
    assert not asked.cancelled
    keeper.beat()

    assert flags(asked) == (False, True, False)
    assert flags(kept) == (False, False, False)


def test_a_cancel_request_that_was_heard_of_needs_no_beat(db: Database, keeper: LeaseKeeper):
    scope, other = hold(db, keeper), hold(db, keeper)
    keeper.cancel(scope.lease.run_id)
    keeper.cancel("a run of another process")

    assert scope.cancelled
    assert not other.cancelled


def test_draining_reaches_those_that_hold_and_those_that_will(db: Database, keeper: LeaseKeeper):
    before = hold(db, keeper)
    keeper.drain()

    assert before.draining
    assert hold(db, keeper).draining


def test_a_run_taken_again_by_the_same_process_is_kept_under_its_new_epoch(
    db: Database, keeper: LeaseKeeper
):
    old = hold(db, keeper)
    store.release(db, old.lease)
    new = keeper.hold(granted(db, old.lease.run_id), 1000.0)
    keeper.drop(old)
    keeper.beat()

    assert new.lease.epoch == old.lease.epoch + 1
    assert not new.lost
    keeper.cancel(new.lease.run_id)
    assert new.cancelled


def test_without_the_database_a_lease_is_trusted_for_its_ttl_and_no_longer(clock: SetClock):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    absent = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    keeper = LeaseKeeper(absent, POLICY, clock)
    early = keeper.hold(store.Lease("early", 1), 1000.0)
    late = keeper.hold(store.Lease("late", 1), 1010.0)

    for now_s, lost in ((1019.9, (False, False)), (1020.0, (True, False)), (1030.0, (True, True))):
        clock.s = now_s
        keeper.beat()
        assert (early.lost, late.lost) == lost


def test_a_renewal_extends_the_trust_from_when_it_was_sent(
    db: Database, keeper: LeaseKeeper, clock: SetClock, owner: Session, database_url: str
):
    scope = hold(db, keeper)
    clock.s = 1015.0
    keeper.beat()

    unreachable(owner, database_url)
    for now_s, lost in ((1034.9, False), (1035.0, True)):
        clock.s = now_s
        keeper.beat()
        assert scope.lost == lost


def test_the_heart_beats_by_itself(db: Database, clock: SetClock, owner: Session):
    keeper = LeaseKeeper(db, LeasePolicy(ttl_s=20, heartbeat_s=0.02), clock)
    lease = granted(db, fresh_run(db), ttl_s=0)
    keeper.hold(lease, 1000.0)
    keeper.start()
    try:
        eventually(lambda: store.expired(db, 10) == [], what="the lease is renewed")
    finally:
        keeper.stop()


def test_a_beat_that_fails_is_not_the_last(
    db: Database, clock: SetClock, owner: Session, caplog: pytest.LogCaptureFixture
):
    keeper = LeaseKeeper(db, LeasePolicy(ttl_s=20, heartbeat_s=0.02), clock)
    scope = keeper.hold(granted(db, fresh_run(db)), 1000.0)
    owner.run("alter table runtime.run_leases rename to away")
    with caplog.at_level(logging.ERROR, "runtime_app.leases.keeper"):
        keeper.start()
        try:
            eventually(lambda: "a heartbeat failed" in caplog.text, what="a beat fails")
            owner.run("alter table runtime.away rename to run_leases")
            owner.run("update runtime.run_leases set expires_at = now()")
            eventually(lambda: store.expired(db, 10) == [], what="the lease is renewed")
        finally:
            keeper.stop()

    assert not scope.lost


def test_a_holder_that_waits_is_woken(db: Database, keeper: LeaseKeeper):
    scope = hold(db, keeper)
    changed = threading.Event()
    scope.on_change(changed.set)
    waiter = threading.Thread(target=scope.wait, args=(PATIENCE_S,))
    waiter.start()
    cancel(db, scope.lease.run_id)
    keeper.beat()
    waiter.join(PATIENCE_S / 2)

    assert not waiter.is_alive()
    assert changed.is_set()


def unreachable(owner: Session, database_url: str) -> None:
    """Let nobody connect to the test's database any more, and hang up on who has."""
    name = database_url.rpartition("/")[2]
    with session(database_url.rpartition("/")[0] + "/postgres") as elsewhere:
        elsewhere.run(f"alter database {name} with allow_connections false")
        elsewhere.rows(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = %(name)s and application_name = 'openagents-runtime'",
            name=name,
        )
