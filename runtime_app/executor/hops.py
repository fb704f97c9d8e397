"""What the executor asks the guard: before it decides about a call that failed, and before one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from runtime_app.db.transaction import Transaction
from runtime_app.events.event import NewEvent
from runtime_app.executor.fallback import Candidate, choice, leaves
from runtime_app.executor.moment import Hop, NoHop
from runtime_app.executor.retries import may_retry
from runtime_app.fold.evolve import used
from runtime_app.fold.state import RunState
from runtime_app.providers.abilities import Abilities
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import ModelRequest
from runtime_app.providers.router import Providers
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS
from runtime_app.resilience.guard import REOPENING_S, Guard, Terms
from runtime_app.runs.provider_policy import ProviderPolicy


def terms(state: RunState, now: datetime, guard: Guard) -> Terms:
    """Under which the next call is made; where another provider could answer it does not wait.

    What a step has for its call is counted once: no retry and no other provider gets more.
    """
    step = state.step
    policy = ProviderPolicy.from_json(state.provider_policy)
    rest = guard.fallbacks.after(state.model, "" if step is None else step.model)
    replaceable = policy.allow_fallback and any(map(policy.allows, rest))
    failures = 0 if step is None else step.failures
    began_at = None if step is None else step.began_at
    passed_s = 0.0 if began_at is None else max(0.0, (now - began_at).total_seconds())
    return Terms(
        min(_left_s(state, now), max(1.0, DEFAULT_TIMEOUTS.total_s - passed_s)),
        0.0 if replaceable else REOPENING_S,
        retry=failures > 0,
        run_id=state.run_id,
    )


def tell_hops(tx: Transaction, events: Iterable[NewEvent]) -> None:
    """Tell, once it has committed, that another provider is asked."""
    for event in events:
        if event.type == "provider.fallback":
            left, taken = event.payload["from"], event.payload["to"]
            tx.tell(
                "provider.fell_back",
                **{"from": left.partition("/")[0], "to": taken.partition("/")[0]},
                outcome=event.payload["outcome"],
            )


def next_hop(
    state: RunState,
    guard: Guard,
    providers: Providers,
    abilities: Abilities,
    ask: Callable[[RunState], ModelRequest],
) -> tuple[Hop | None, NoHop]:
    """Where the call that has failed for good may be made instead, or why nowhere.

    Only where this process has the provider, the run's policy allows it, the model takes the
    request, and its breaker would let the call out now.

    Args:
        ask: what the model was asked.
    """
    step = state.step
    if step is None or may_retry(state) or not leaves(state):
        return None, ""
    rest = guard.fallbacks.after(state.model, step.model)
    policy = ProviderPolicy.from_json(state.provider_policy)
    asked = replace(state, model=step.model or state.model)

    def candidate(model_id: str) -> Candidate:
        if not policy.allows(model_id):
            return Candidate(model_id, allowed=False)
        try:
            provider, model = providers.resolve(model_id)
            able = abilities.suit(model_id, ask(asked))
        except ProviderError:
            return Candidate(model_id, able=False)
        return Candidate(model_id, able=able, lets_out=guard.would_let_out(provider, model))

    candidates = [candidate(model_id) for model_id in rest]
    chosen = choice(candidates, allow_fallback=policy.allow_fallback, hopped=step.hops > 0)
    if isinstance(chosen, str):
        return None, chosen
    seen = guard.seen(*providers.resolve(asked.model))
    state_left, generation = ("closed", 0) if seen is None else (seen.state, seen.generation)
    return Hop(chosen.model, state_left, generation), ""


def _left_s(state: RunState, now: datetime) -> float:
    """The active time that the run may still take; a call that is let out at all has a second."""
    return max(1.0, state.caps.wall_clock_s - used(state, now).wall_clock_s)
