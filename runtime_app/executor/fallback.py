"""Another provider for a call that failed: whether one may be asked, which, what is recorded; pure.

A hop is a new attempt of the step, with part ids of its own. Its events are committed before the
target is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Infer
from runtime_app.executor.moment import Moment, NoHop
from runtime_app.fold.predicates import failure
from runtime_app.fold.state import RunState
from runtime_app.ids import decision_id
from runtime_app.providers.outcome import MEANINGS, Executed, Outcome

NOT_ALLOWED: NoHop = "policy_denied.fallback_not_allowed"
EXHAUSTED: NoHop = "provider_failed.fallback_exhausted"

#: After these there is an answer, or the request was the trouble, or nobody wants one any more, or
#: nobody knows what has become of a payment.
_STAYS = frozenset(
    {
        *(Outcome.SUCCESS, Outcome.SLOW_SUCCESS, Outcome.CALLER_FAULT, Outcome.BLOCKED),
        *(Outcome.CANCELED, Outcome.UNKNOWN),
    }
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may stand in.

    Args:
        allowed: whether the run's policy has nothing against that provider and model.
        able: whether this process has the provider, and the model takes such a request.
        lets_out: whether its breakers would let a call out now.
    """

    model: str
    allowed: bool = True
    able: bool = True
    lets_out: bool = True


def may_leave(outcome: Outcome, executed: Executed, *, idempotent: bool, settlement: bool) -> bool:
    """Whether a call that failed may be made elsewhere: it was not executed, or may be twice.

    Args:
        executed: as the outcome means it, or `maybe` where something of the answer was seen.
        settlement: whether it moves money; then it must certainly not have been executed.
    """
    if outcome in _STAYS:
        return False
    return executed == "no" or (idempotent and not settlement)


def choice(
    candidates: Sequence[Candidate], *, allow_fallback: bool, hopped: bool
) -> Candidate | NoHop:
    """Who is asked of those that are left, in their order; or why nobody is.

    Args:
        candidates: the rest of the chain.
        hopped: whether somebody of it was asked before; else, without candidates, there is none.
    """
    if not candidates:
        return EXHAUSTED if hopped else ""
    allowed = [each for each in candidates if each.allowed] if allow_fallback else []
    if not allowed:
        return NOT_ALLOWED
    return next((each for each in allowed if each.able and each.lets_out), EXHAUSTED)


def leaves(state: RunState) -> bool:
    """`may_leave` for the model call that has failed: readers must have seen nothing of it."""
    step, failed = state.step, failure(state)
    if step is None or failed is None:
        return False
    outcome = Outcome(failed.kind)
    executed = "maybe" if step.shown else MEANINGS[outcome].executed
    return may_leave(outcome, executed, idempotent=not step.shown, settlement=False)


def may_hop(state: RunState, moment: Moment) -> bool:
    """Whether another provider may answer: there is one, and readers have seen nothing."""
    return moment.hop is not None and leaves(state)


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
        "decision": "allowed",
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
