"""Another provider for a call that failed: when it may be asked, and what is recorded first; pure.

A hop is a new attempt of the step, with part ids of its own. Its events are committed before the
target is called.
"""

from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Infer
from runtime_app.executor.moment import Moment
from runtime_app.executor.predicates import failure
from runtime_app.executor.state import RunState
from runtime_app.ids import decision_id
from runtime_app.providers.outcome import MEANINGS, Outcome

#: After these the request was the trouble, or nobody wants an answer any more.
_STAYS = (Outcome.CALLER_FAULT, Outcome.BLOCKED, Outcome.CANCELED)


def may_hop(state: RunState, moment: Moment) -> bool:
    """Whether another provider may answer: there is one, and readers have seen nothing."""
    step, failed = state.step, failure(state)
    return (
        step is not None
        and failed is not None
        and moment.hop is not None
        and not step.shown
        and failed.kind not in _STAYS
    )


def hop(state: RunState, moment: Moment) -> Infer:
    """Leave the provider, say why and for whom, and begin the step anew."""
    step, failed, to = state.step, failure(state), moment.hop
    assert step is not None
    assert failed is not None
    assert to is not None
    attempt = step.attempt + 1
    decided = decision_id(state.run_id, step.number, step.attempt)
    left = step.model or state.model
    told = {
        "from": left,
        "to": to.model,
        "op": "chat",
        "outcome": failed.kind,
        "executed": MEANINGS[Outcome(failed.kind)].executed,
        "breaker_state": to.left_state,
        "generation": to.left_generation,
        "attempt": attempt,
        "hop": step.hops + 1,
        "policy_decision_id": decided,
    }
    policy = {
        "decision_id": decided,
        "about": "fallback",
        "decision": "allow",
        "reason_code": "policy_allowed.fallback",
    }
    superseded = {"step": step.number, "attempt": step.attempt, "shown": False}
    started = {
        "step": step.number,
        "attempt": attempt,
        "turn": state.turn,
        "code_version": moment.code_version,
    }
    called = {"step": step.number, "attempt": attempt, "model": to.model}
    return Infer(
        (
            NewEvent("policy.decision", policy),
            NewEvent("provider.fallback", told),
            NewEvent("step.superseded", superseded),
            NewEvent("step.started", started),
            NewEvent("model.call_started", called),
        ),
        step.number,
        attempt,
        model=to.model,
    )
