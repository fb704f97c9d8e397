"""What is made again after it failed, how often, and after how long."""

from dataclasses import replace

import pytest

from runtime_app.executor.decide import decide
from runtime_app.providers.outcome import FAILURES
from tests.runtime_app.executor.simulated_run import Fault, Frame, Round, SimulatedRun

MESSAGE = Frame("user_message")


@pytest.mark.parametrize(
    ("failures", "told_s", "least_s", "most_s"),
    [
        (1, None, 0.5, 1.0),
        (2, None, 0.5, 2.0),
        (1, 3.0, 3.5, 4.0),
        (1, 0.0, 0.5, 1.0),
        (1, 99.0, 8.0, 8.0),
    ],
)
def test_a_retry_waits_as_told_and_a_while_that_is_its_own(failures, told_s, least_s, most_s):
    fault = Fault(retry_after_s=told_s)
    run = SimulatedRun().live([Round((MESSAGE,), fault), *[Round(play=fault)] * failures])
    decision = run.decisions[failures]
    assert [event.type for event in decision.action.events] == ["model.call_started"]
    states = [replace(decision.state, run_id=f"r{n}") for n in range(200)]
    waits_s = [decide(state, decision.moment).wait_s for state in states]
    assert waits_s == [decide(state, decision.moment).wait_s for state in states]
    assert least_s <= min(waits_s)
    assert max(waits_s) <= most_s
    if least_s < most_s:  # they are spread over all of it
        assert min(waits_s) < least_s + (most_s - least_s) / 10
        assert max(waits_s) > most_s - (most_s - least_s) / 10


@pytest.mark.parametrize("kind", FAILURES)
def test_only_what_may_pass_by_itself_is_tried_again_and_at_most_twice(kind):
    again = kind in ("unreachable", "throttled", "provider_fault", "timeout")
    run = SimulatedRun().happen(MESSAGE).settle([Fault(kind=kind)] * 5)
    assert len(run.payloads("model.call_started")) == (3 if again else 1)
    assert run.log[-1].payload["reason_class"] == "provider_unavailable"
