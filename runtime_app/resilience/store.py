"""Breakers as rows: ask for an admission, say how calls ended, act on one by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.resilience.breaker import Breaker, BreakerPolicy, Change
from runtime_app.resilience.tally import Tally

SQL = beside(__file__, "breakers.sql")

ProbeResult = Literal["ok", "slow", "fault", "none"]
Act = Literal["trip", "reset", "force"]
Hold = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Admission:
    """The right to make one call, under one generation of a breaker.

    Args:
        state: of the breaker, as it was seen.
        permit: of a probe, until when its slot is kept; None of any other call.
    """

    key: str
    generation: int
    state: str = "closed"
    permit: datetime | None = None


class Refused(Exception):
    """The breaker lets no call out now.

    Args:
        wait_s: when to ask again.
        throttled: whether that is because the provider has asked to be left alone.
    """

    def __init__(
        self, key: str, state: str, generation: int, wait_s: float, *, throttled: bool = False
    ) -> None:
        why = "throttled" if throttled else state
        super().__init__(f"the breaker {key} is {why}; ask again in {wait_s:.1f} s")
        self.why = why
        self.throttled = throttled
        self.key = key
        self.state = state
        self.generation = generation
        self.wait_s = wait_s

    def again(self) -> "Refused":
        """The same, for somebody else."""
        return Refused(self.key, self.state, self.generation, self.wait_s, throttled=self.throttled)


def admit(
    db: Database, key: str, ttl_s: float, policy: BreakerPolicy, now: datetime | None = None
) -> tuple[Admission, Change | None]:
    """Ask whether one call may go out; with the change if it is the first probe.

    Args:
        ttl_s: how long a permit is kept, should nobody say how the probe ended.
        now: the database's clock, unless given.

    Raises:
        Refused: it may not.
    Effects: a row for a key that has none; what is open and due becomes half open.
    """
    row = db.one(SQL["admit_call"], key=key, ttl_s=ttl_s, policy=policy.as_row(), now=now)
    assert row is not None
    if row.verdict in ("open", "throttled"):
        throttled = row.verdict == "throttled"
        wait_s = max(0.0, row.wait_s)
        raise Refused(key, row.state, row.generation, wait_s, throttled=throttled)
    admission = Admission(key, row.generation, row.state, row.permit)
    if not row.moved:
        return admission, None
    change = Change(key, "open", "half_open", row.generation, "open_period_over", 0, 0, 0, None)
    return admission, change


def count(
    db: Database,
    key: str,
    tally: Tally,
    policy: BreakerPolicy,
    jitter: float,
    now: datetime | None = None,
) -> Breaker | None:
    """Count the outcomes of a process; the breaker as it is then, or None: they were stale."""
    row = db.one(
        SQL["count_outcomes"],
        key=key,
        generation=tally.generation,
        ok=tally.ok,
        fault=tally.fault,
        slow=tally.slow,
        fault_run=tally.fault_run,
        throttle_s=tally.throttle_s,
        policy=policy.as_row(),
        jitter=jitter,
        now=now,
    )
    return None if row is None else _breaker(row)


def settle_probe(
    db: Database,
    admission: Admission,
    result: ProbeResult,
    policy: BreakerPolicy,
    jitter: float,
    throttle_s: float | None = None,
    now: datetime | None = None,
) -> Breaker | None:
    """Say how a probe ended; the breaker as it is then, or None: its time was over."""
    row = db.one(
        SQL["settle_probe"],
        key=admission.key,
        generation=admission.generation,
        permit=admission.permit,
        result=result,
        throttle_s=throttle_s,
        policy=policy.as_row(),
        jitter=jitter,
        now=now,
    )
    return None if row is None else _breaker(row)


def act(
    tx: Transaction,
    key: str,
    name: Act,
    policy: BreakerPolicy,
    *,
    hold: Hold | None = None,
    hold_s: float | None = None,
    now: datetime | None = None,
) -> Breaker:
    """Open a breaker, close it, or hold it for `hold_s`; a key that has no row gets one."""
    tx.execute(SQL["know_breaker"], key=key)
    row = tx.one(
        SQL["act_on_breaker"],
        key=key,
        act=name,
        forced=hold,
        hold_s=hold_s,
        policy=policy.as_row(),
        jitter=1.0,
        now=now,
    )
    assert row is not None
    return _breaker(row)


@dataclass(frozen=True, slots=True)
class Seen:
    """A breaker at a glance: `lets_out` is whether the next call would be admitted, as it looks."""

    state: str
    generation: int
    lets_out: bool


def peek(db: Database, key: str) -> Seen | None:
    """Look at a breaker and change nothing; None: it has never been asked."""
    row = db.one(SQL["peek_breaker"], key=key)
    return None if row is None else Seen(row.state, row.generation, row.lets_out)


def breakers(
    db: Database | Transaction, key: str | None = None, limit: int = 1000
) -> list[Breaker]:
    """All breakers by key, or the one of `key`."""
    return [_breaker(row) for row in db.all(SQL["list_breakers"], key=key, limit=limit)]


def changes(db: Database, key: str, limit: int = 20) -> list[Any]:
    """What has changed at a key, newest first."""
    return db.all(SQL["list_changes"], key=key, limit=limit)


def _breaker(row: Any) -> Breaker:
    return Breaker(**{name: getattr(row, name) for name in Breaker.__dataclass_fields__})
