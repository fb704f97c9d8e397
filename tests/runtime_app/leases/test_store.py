"""Leases as rows: who gets one, who keeps it, and how it is let go."""

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.leases import store
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.loss import declare_lost
from tests.support.postgres import Session
from tests.support.runs import SLOTS, acquire, append, cancel, delta, ended_run, fresh_run, granted

POLICY = LeasePolicy(ttl_s=20)


def held_by(owner: Session, run_id: str) -> list[tuple]:
    return owner.rows(
        "select owner, epoch from runtime.run_leases where run_id = %(id)s", id=run_id
    )


def test_a_grant_raises_the_epoch_of_the_head_and_names_its_owner(db: Database, owner: Session):
    run_id = fresh_run(db)
    lease = granted(db, run_id, "one")

    head = log.head(db, run_id)
    assert head is not None
    assert lease == Lease(run_id, 1)
    assert head.epoch == 1
    assert held_by(owner, run_id) == [("one", 1)]


def test_a_grant_lasts_for_its_ttl_by_the_servers_clock(db: Database, owner: Session):
    run_id = fresh_run(db)
    granted(db, run_id, ttl_s=20)

    left_s = owner.value(
        "select extract(epoch from expires_at - clock_timestamp())::float"
        " from runtime.run_leases where run_id = %(id)s",
        id=run_id,
    )
    assert 0 < left_s <= 20


def test_a_lease_that_is_held_is_not_granted_again_not_even_to_its_holder(db: Database):
    run_id = fresh_run(db)
    granted(db, run_id, "one")

    assert acquire(db, run_id, "two") == store.Acquired("held", None)
    assert acquire(db, run_id, "one") == store.Acquired("held", None)
    head = log.head(db, run_id)
    assert head is not None
    assert head.epoch == 1


def test_a_lease_whose_holder_died_is_not_granted_before_the_loss_is_declared(db: Database):
    run_id = fresh_run(db)
    granted(db, run_id, "one", ttl_s=0)

    assert acquire(db, run_id, "two") == store.Acquired("expired", None)


def test_a_run_that_has_ended_or_is_not_there_has_no_lease(db: Database):
    assert acquire(db, ended_run(db)) == store.Acquired("closed", None)
    assert acquire(db, "nobody") == store.Acquired("missing", None)


def test_a_renewal_covers_many_and_tells_which_are_held_and_which_are_cancelled(db: Database):
    kept, cancelled, released = (granted(db, fresh_run(db)) for _ in range(3))
    cancel(db, cancelled.run_id)
    store.release(db, released)
    replaced = Lease(kept.run_id, kept.epoch - 1)

    asked = [kept, cancelled, released, Lease("nobody", 1)]
    assert store.renew(db, asked, POLICY) == {kept.run_id: False, cancelled.run_id: True}
    assert store.renew(db, [replaced], POLICY) == {}
    assert store.renew(db, [], POLICY) == {}


def test_a_renewal_extends_the_lease(db: Database):
    lease = granted(db, fresh_run(db), ttl_s=0)
    assert store.expired(db, 10) == [lease.run_id]
    store.renew(db, [lease], POLICY)

    assert store.expired(db, 10) == []
    assert acquire(db, lease.run_id).outcome == "held"


def test_a_lease_that_was_declared_lost_cannot_be_renewed(db: Database):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        assert declare_lost(tx, lease.run_id, SLOTS)

    assert store.renew(db, [lease], POLICY) == {}


def test_park_lets_go_when_nothing_has_happened(db: Database, owner: Session):
    lease = granted(db, fresh_run(db))
    append(db, lease.run_id, delta("a"), epoch=lease.epoch)

    assert store.park(db, lease, 2) == "parked"
    assert held_by(owner, lease.run_id) == []
    assert parked_seq(owner, lease.run_id) == 2
    assert granted(db, lease.run_id, "two").epoch == lease.epoch + 1


def test_park_holds_on_when_the_head_has_moved(db: Database, owner: Session):
    lease = granted(db, fresh_run(db))
    append(db, lease.run_id, delta("a"))

    assert store.park(db, lease, 1) == "moved"
    assert held_by(owner, lease.run_id) == [("one", lease.epoch)]
    assert parked_seq(owner, lease.run_id) == 0


def test_park_by_a_holder_that_was_replaced_changes_nothing(db: Database, owner: Session):
    stale = granted(db, fresh_run(db))
    store.release(db, stale)
    granted(db, stale.run_id, "two")

    assert store.park(db, stale, 1) == "superseded"
    assert store.park(db, Lease("nobody", 1), 1) == "superseded"
    assert held_by(owner, stale.run_id) == [("two", stale.epoch + 1)]


def test_release_lets_go_whatever_has_happened(db: Database, owner: Session):
    lease = granted(db, fresh_run(db))
    append(db, lease.run_id, delta("a"))
    store.release(db, lease)

    assert held_by(owner, lease.run_id) == []
    assert parked_seq(owner, lease.run_id) == 0


def test_release_by_a_holder_that_was_replaced_changes_nothing(db: Database, owner: Session):
    stale = granted(db, fresh_run(db))
    store.release(db, stale)
    granted(db, stale.run_id, "two")
    store.release(db, stale)

    assert held_by(owner, stale.run_id) == [("two", stale.epoch + 1)]


def test_release_by_a_holder_that_was_declared_lost_does_not_end_the_pause(
    db: Database, owner: Session
):
    lease = granted(db, fresh_run(db), ttl_s=0)
    with db.transaction() as tx:
        declare_lost(tx, lease.run_id, SLOTS)
    store.release(db, lease)

    assert held_by(owner, lease.run_id) == [(None, lease.epoch)]


def test_expired_leases_are_named_oldest_first_and_bounded(db: Database, owner: Session):
    runs = [granted(db, fresh_run(db), ttl_s=0).run_id for _ in range(3)]
    granted(db, fresh_run(db))
    for age_s, run_id in zip((10, 30, 20), runs, strict=True):
        owner.run(
            "update runtime.run_leases set expires_at = now() - make_interval(secs => %(age)s)"
            " where run_id = %(id)s",
            age=age_s,
            id=run_id,
        )

    assert store.expired(db, 10) == [runs[1], runs[2], runs[0]]
    assert store.expired(db, 2) == [runs[1], runs[2]]


def parked_seq(owner: Session, run_id: str) -> int:
    return owner.value("select parked_seq from runtime.run_heads where run_id = %(id)s", id=run_id)
