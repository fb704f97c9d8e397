"""Another provider for a call that failed, as the rules see it."""

from runtime_app.executor.actions import Infer
from runtime_app.executor.moment import Hop
from tests.runtime_app.executor.simulated_run import Fault, Frame, Gone, Play, Round, SimulatedRun

HOP = Hop("scripted/echo", "open", 7)


def once(play: Play) -> Round:
    return Round((Frame("user_message"),), play)


def then() -> Round:
    return Round()


def test_a_hop_begins_the_step_anew_at_another_provider_and_only_once():
    run = SimulatedRun(hop=HOP).live([once(Fault(retryable=False)), then(), then()])
    hop, end = run.decisions[1:]

    assert hop.rule == "another provider may answer"
    assert isinstance(hop.action, Infer)
    assert (hop.action.step, hop.action.attempt, hop.action.model) == (1, 2, "scripted/echo")
    assert end.rule == "the last turn is answered"
    assert [called["model"] for called in run.payloads("model.call_started")] == [
        *("scripted/demo", "scripted/echo")
    ]

    failing = SimulatedRun(hop=HOP).live(
        [once(Fault(retryable=False)), Round((), Fault(retryable=False)), then()]
    )
    assert failing.decisions[-1].rule == "model call failed"


def test_nobody_else_is_asked_once_readers_have_seen_something():
    run = SimulatedRun(hop=HOP).live([once(Fault(shown=True, retryable=False)), then()])
    assert run.decisions[-1].rule == "model call failed"


def test_an_executor_that_dies_after_the_hop_leaves_its_successor_with_the_same_provider():
    run = SimulatedRun(hop=HOP).live(
        [once(Fault(retryable=False)), Round((), Gone()), then(), then(), then()]
    )
    assert [called["model"] for called in run.payloads("model.call_started")] == [
        *("scripted/demo", "scripted/echo", "scripted/echo")
    ]
    assert len(run.payloads("provider.fallback")) == 1
