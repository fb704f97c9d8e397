"""Whatever holders, losses and pauses there are, in any order: one may write, the log is whole."""

from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime_app.db.database import Database
from runtime_app.errors import EpochSuperseded, RunClosed
from runtime_app.events import log
from runtime_app.events.integrity import verify
from runtime_app.leases import store as leases
from runtime_app.leases.lease import Lease, LeasePolicy
from runtime_app.leases.loss import declare_lost
from tests.support.postgres import Session, session
from tests.support.runs import SLOTS, acquire, append, ended_text, finish, fresh_run

WHO = ("ada", "bob", "eve")
DEEDS = ("acquire", "write", "renew", "park", "release", "finish")
TIME = "update runtime.run_leases set expires_at = now() - interval '1 ms' where run_id = %(id)s"

#: What somebody does, or what happens to them all: time passes, or the janitor comes by.
history = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.sampled_from(WHO))
    | st.tuples(st.sampled_from(("time passes", "a loss is declared")), st.just("")),
    min_size=5,
    max_size=30,
)


class Holders:
    """Three who believe what they were last granted, and a record of what was ever granted."""

    def __init__(self, db: Database, owner: Session) -> None:
        self.run_id = fresh_run(db)
        self._db, self._owner = db, owner
        self._held: dict[str, Lease] = {}
        self._epochs: list[int] = []

    def do(self, deed: str, who: str) -> None:
        """Do it, and hold what comes of it against who has the newest epoch."""
        before = self._head()
        lease = self._held.get(who)
        rules: Mapping[str, Callable[[Lease], None]] = {
            "write": lambda mine: self._write(mine, before, finishes=False),
            "finish": lambda mine: self._write(mine, before, finishes=True),
            "renew": lambda mine: self._renew(mine, before),
            "park": lambda mine: self._park(mine, before),
            "release": lambda mine: leases.release(self._db, mine),
        }
        if deed == "acquire":
            self._acquire(who, before)
        elif deed == "time passes":
            self._owner.run(TIME, id=self.run_id)
        elif deed == "a loss is declared":
            with self._db.transaction() as tx:
                declare_lost(tx, self.run_id, SLOTS)
        elif lease is not None:
            rules[deed](lease)
        assert self._head().epoch >= before.epoch

    def _acquire(self, who: str, before: log.Head) -> None:
        there = "select owner, expires_at > now() from runtime.run_leases where run_id = %(id)s"
        rows = self._owner.rows(there, id=self.run_id)
        got = acquire(self._db, self.run_id, who, ttl_s=600)
        if got.lease is None:
            assert rows or before.closed_seq is not None
            return
        # Nobody had it: there was no row, or a pause that was over.
        assert rows in ([], [(None, False)])
        assert got.lease.epoch > max(self._epochs, default=0)
        self._epochs.append(got.lease.epoch)
        self._held[who] = got.lease

    def _write(self, lease: Lease, before: log.Head, *, finishes: bool) -> None:
        mine = lease.epoch == before.epoch and before.closed_seq is None
        try:
            if finishes:
                finish(self._db, lease)
            else:
                append(self._db, self.run_id, ended_text("x"), epoch=lease.epoch)
        except (EpochSuperseded, RunClosed):
            assert not mine
            assert self._head() == before
        else:
            assert mine
            assert self._head().seq == before.seq + 1

    def _renew(self, lease: Lease, before: log.Head) -> None:
        if leases.renew(self._db, [lease], LeasePolicy(ttl_s=600)):
            assert lease.epoch == before.epoch

    def _park(self, lease: Lease, before: log.Head) -> None:
        if leases.park(self._db, lease, before.seq) == "parked":
            assert lease.epoch == before.epoch

    def _head(self) -> log.Head:
        head = log.head(self._db, self.run_id)
        assert head is not None
        return head

    def check(self) -> None:
        """The log has no gap, its chain holds, epochs only grow in it, it has one end at most."""
        assert verify(self._db, self.run_id).broken is None
        rows = self._owner.rows(
            "select epoch, event_type from runtime.run_events where run_id = %(id)s order by seq",
            id=self.run_id,
        )
        epochs = [epoch for epoch, _ in rows if epoch is not None]
        assert epochs == sorted(epochs)
        assert [kind for _, kind in rows].count("run.finished") <= 1


def test_only_the_newest_holder_writes(db: Database, database_url: str) -> None:
    with session(database_url) as owner:

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(history)
        def holds(deeds: list[tuple[str, str]]) -> None:
            holders = Holders(db, owner)
            for deed, who in deeds:
                holders.do(deed, who)
            holders.check()

        holds()
