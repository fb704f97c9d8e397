"""Hypothesis strategies for the histories of a simulated run."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from runtime_app.runs.caps import Caps
from tests.runtime_app.executor.simulated_run import (
    Answer,
    Cancel,
    Fault,
    Frame,
    Gone,
    Loss,
    Round,
    SimulatedRun,
    ToolAnswer,
    Wait,
)

PROVIDER_REASONS = ("stop", "length", "content-filter", "tool-calls", "error", "other")

modes = st.sampled_from(("turn", "session"))

frames = st.builds(Frame, st.sampled_from(("user_message", "context", "complete")))
tool_answers = st.builds(
    ToolAnswer, st.integers(0, 3), st.sampled_from(("succeeded", "failed", "timed_out"))
)
waits = st.builds(Wait, st.sampled_from((0.5, 30.0, 600.0)))
peaceful = st.one_of(frames, tool_answers, waits)
arrivals = st.one_of(peaceful, st.just(Loss()), st.just(Cancel()))

pieces = st.lists(
    st.tuples(st.sampled_from(("text", "reasoning")), st.sampled_from(("a", "bc", "ü"))), max_size=3
).map(tuple)
answers = st.builds(
    Answer,
    pieces,
    st.sampled_from(((), (True,), (False,), (True, True), (True, False, True))),
    st.sampled_from(PROVIDER_REASONS),
    st.integers(0, 40),
    st.booleans(),
)
faults = st.builds(Fault, st.booleans(), st.booleans(), st.sampled_from((None, 0.0, 3.0, 99.0)))
gone = st.builds(Gone, st.booleans(), st.booleans())

plays = st.one_of(answers, answers, faults, gone)
rounds = st.builds(
    Round,
    st.lists(arrivals, max_size=1).map(tuple),
    plays,
    st.lists(arrivals, max_size=1).map(tuple),
)
asked = st.builds(lambda play: Round((Frame("user_message"),), play), plays)
#: Most begin with a message, for nothing happens without one.
histories = st.builds(
    lambda first, rest: [first, *rest],
    st.one_of(asked, rounds),
    st.lists(rounds, max_size=16),
)

#: Nobody cancels, no model call fails: all that can go wrong is an executor.
unlucky_rounds = st.builds(
    Round,
    st.lists(peaceful, max_size=2).map(tuple),
    st.one_of(answers, gone),
    st.lists(frames, max_size=1).map(tuple),
)

caps = st.builds(
    Caps,
    steps=st.integers(1, 6),
    wall_clock_s=st.sampled_from((60, 900)),
    tokens=st.sampled_from((30, 400_000)),
    model_calls=st.integers(1, 8),
    tool_calls=st.integers(1, 6),
)


def runs(limits: st.SearchStrategy[Caps]) -> st.SearchStrategy[SimulatedRun]:
    """Runs with a history: any rounds, or nothing but one model call after another."""
    restless = st.builds(
        lambda mode, caps, history: SimulatedRun(mode, caps).live(history), modes, limits, histories
    )
    busy = st.builds(
        lambda mode, caps, calls: (
            SimulatedRun(mode, caps).happen(Frame("user_message")).settle(calls)
        ),
        modes,
        limits,
        st.lists(plays, max_size=12),
    )
    return st.one_of(restless, busy)


#: For properties: enough examples to find what two or three mishaps together break.
many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Caps that no history of this file reaches.
GENEROUS = Caps(wall_clock_s=86_400, model_calls=10_000)
any_runs = runs(caps)
unlimited_runs = runs(st.just(GENEROUS))
