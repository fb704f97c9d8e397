"""The breaker of the schema against a plain model: random outcomes, clocks, interleavings."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from runtime_app.db.database import Database
from runtime_app.resilience import store
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.store import Admission, Refused
from runtime_app.resilience.tally import Tally

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = BreakerPolicy(volume=6, faults_in_a_row=3)
TTL_S = 30.0


@dataclass
class Model:
    """A breaker as one would write it without a database."""

    policy: BreakerPolicy
    now: float = 0.0
    state: str = "closed"
    generation: int = 1
    calls: list[tuple[float, str, bool]] = field(default_factory=list)
    run: int = 0
    trips: int = 0
    closed_at: float = 0.0
    open_until: float = 0.0
    permits: list[float] = field(default_factory=list)
    successes: int = 0

    def enter(self, state: str) -> None:
        if state == "open":
            calm = self.state == "closed" and self.now - self.closed_at >= self.policy.calm_s
            self.trips = 1 if calm else self.trips + 1
            length = self.policy.open_s * 2 ** (self.trips - 1)
            self.open_until = self.now + min(length, self.policy.longest_open_s)
        if state == "closed":
            self.closed_at, self.calls, self.run = self.now, [], 0
        self.state, self.permits, self.successes = state, [], 0
        self.generation += 1

    def admit(self) -> str:
        if self.state == "closed":
            return "closed"
        if self.state == "open":
            if self.now < self.open_until:
                return "open"
            self.enter("half_open")
        self.permits = [until for until in self.permits if until > self.now]
        if len(self.permits) == 3:
            return "open"
        self.permits.append(self.now + TTL_S)
        return "probe"

    def count(self, generation: int, outcome: str, slow: bool) -> None:
        if self.state != "closed" or generation != self.generation:
            return
        self.calls.append((self.now, outcome, slow))
        self.run = 0 if outcome == "ok" else self.run + 1
        first = math.floor((BEGINNING.timestamp() + self.now) / 6) - 9
        window = [
            call
            for call in self.calls
            if math.floor((BEGINNING.timestamp() + call[0]) / 6) >= first
        ]
        faults = sum(call[1] == "fault" for call in window)
        slows = sum(call[2] for call in window)
        share = len(window) >= self.policy.volume
        if (
            (outcome == "fault" and self.run >= self.policy.faults_in_a_row)
            or (share and faults >= self.policy.fault_rate * len(window))
            or (share and slows >= self.policy.slow_rate * len(window))
        ):
            self.enter("open")

    def probe(self, generation: int, until: float, result: str) -> None:
        held = self.state == "half_open" and generation == self.generation
        if not held or until not in self.permits or until <= self.now:
            return
        self.permits.remove(until)
        if result == "ok":
            self.successes += 1
            if self.successes == 3:
                self.enter("closed")
        elif result != "none":
            self.enter("open")


def at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def machine_over(db: Database) -> type[RuleBasedStateMachine]:
    keys = iter(range(10**9))

    class Both(RuleBasedStateMachine):
        """Random outcomes, clocks and interleavings, told to the row and to the model."""

        def __init__(self) -> None:
            super().__init__()
            self.key = f"p{next(keys)}|chat"
            self.model = Model(POLICY)
            self.open_calls: list[Admission] = []
            self.grown = 1
            # The row's life begins with the model's.
            store.admit(db, self.key, TTL_S, POLICY, at(0))

        @rule(step_s=st.sampled_from([0.0, 0.5, 3.0, 11.0, 31.0, 70.0, 700.0]))
        def time_passes(self, step_s: float) -> None:
            self.model.now += step_s

        @rule()
        def a_call_begins(self) -> None:
            expected = self.model.admit()
            try:
                admission, _ = store.admit(db, self.key, TTL_S, POLICY, at(self.model.now))
            except Refused:
                assert expected == "open"
                return
            assert expected == ("closed" if admission.permit is None else "probe")
            assert admission.generation == self.model.generation
            self.open_calls.append(admission)

        @rule(
            data=st.data(),
            outcome=st.sampled_from(["ok", "fault", "fault"]),
            slow=st.booleans(),
            nothing=st.booleans(),
        )
        def a_call_ends(self, data: st.DataObject, outcome: str, slow: bool, nothing: bool) -> None:
            if not self.open_calls:
                return
            which = data.draw(st.integers(0, len(self.open_calls) - 1))
            admission, now = self.open_calls.pop(which), at(self.model.now)
            if admission.permit is None:
                tally = Tally(admission.generation)
                tally.add(outcome, slow=slow)
                store.count(db, self.key, tally, POLICY, 1.0, now)
                self.model.count(admission.generation, outcome, slow)
                return
            result = "none" if nothing else "slow" if slow and outcome == "ok" else outcome
            store.settle_probe(db, admission, result, POLICY, 1.0, now=now)
            until = (admission.permit - BEGINNING).total_seconds()
            self.model.probe(admission.generation, until, result)

        @invariant()
        def the_row_is_the_model(self) -> None:
            [row] = store.breakers(db, self.key)
            model = self.model
            assert (row.state, row.generation) == (model.state, model.generation)
            assert row.trips == model.trips
            assert row.generation >= self.grown
            assert row.probes <= 3
            self.grown = row.generation
            if row.state == "open":
                assert row.open_until == at(model.open_until)

    return Both


def test_random_outcomes_clocks_and_interleavings_leave_what_a_plain_model_says(db: Database):
    run_state_machine_as_test(
        machine_over(db),
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
