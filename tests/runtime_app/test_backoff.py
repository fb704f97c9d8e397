"""Waiting ever longer."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.backoff import exponential_s, jittered_s


def test_each_wait_is_twice_the_one_before_up_to_the_cap():
    waits = [exponential_s(attempt, base_s=0.5, cap_s=5) for attempt in range(6)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 5, 5]


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_no_number_of_attempts_is_too_many(attempt):
    assert exponential_s(attempt, base_s=0.1, cap_s=2) <= 2


@settings(deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 1), st.integers())
def test_jitter_stays_within_its_spread(wait_s, spread, seed):
    moved = jittered_s(wait_s, Random(seed), spread=spread)
    slack = wait_s * 1e-9
    assert wait_s * (1 - spread) - slack <= moved <= wait_s * (1 + spread) + slack


def test_jitter_spreads_a_crowd():
    rng = Random(1)
    waits = {jittered_s(10, rng) for _ in range(100)}
    assert len(waits) == 100
    assert min(waits) < 9 < 11 < max(waits)


def test_the_same_randomness_gives_the_same_wait():
    assert jittered_s(10, Random(7)) == jittered_s(10, Random(7))
