"""What the executor asks the guard: before it decides about a call that failed, and before one."""

from collections.abc import Iterable
from datetime import datetime

from runtime_app.db.transaction import Transaction
from runtime_app.events.event import NewEvent
from runtime_app.executor.evolve import used
from runtime_app.executor.moment import Hop
from runtime_app.executor.predicates import failure
from runtime_app.executor.retries import may_retry
from runtime_app.executor.state import RunState
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.router import Providers
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS
from runtime_app.resilience.guard import REOPENING_S, Guard, Terms


def terms(state: RunState, now: datetime, guard: Guard) -> Terms:
    """Under which the next call is made; where another provider could answer it does not wait.

    What a step has for its call is counted once: no retry and no other provider gets more.
    """
    step = state.step
    hops = 0 if step is None else step.hops
    replaceable = guard.fallbacks.target(state.model, hops) is not None
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


def next_hop(state: RunState, guard: Guard, providers: Providers) -> Hop | None:
    """Where the call that has failed for good may be made instead.

    Only to a provider that this process has and whose breaker would let the call out now.
    """
    step = state.step
    if step is None or failure(state) is None or may_retry(state):
        return None
    target = guard.fallbacks.target(state.model, step.hops)
    if target is None:
        return None
    try:
        provider, model = providers.resolve(target)
        left, left_model = providers.resolve(step.model or state.model)
    except ProviderError:
        return None
    if not guard.would_let_out(provider, model):
        return None
    seen = guard.seen(left, left_model)
    return Hop(target, seen.state, seen.generation) if seen else Hop(target, "closed", 0)


def _left_s(state: RunState, now: datetime) -> float:
    """The active time that the run may still take; a call that is let out at all has a second."""
    return max(1.0, state.caps.wall_clock_s - used(state, now).wall_clock_s)
