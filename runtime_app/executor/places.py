"""A place among the calls in flight of a provider, before a step that calls it is recorded."""

from collections.abc import Iterator
from contextlib import contextmanager

from runtime_app.executor.actions import Action, Infer
from runtime_app.executor.inference import HandedOn
from runtime_app.fold.state import RunState
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.router import Providers
from runtime_app.resilience.guard import Guard

#: How long a run waits for one; then it goes to the back of the queue, and its thread to another.
WAIT_S = 1.0


@contextmanager
def place(state: RunState, action: Action, guard: Guard, providers: Providers) -> Iterator[None]:
    """Hold one while `action` is performed, if that calls a provider outside.

    Raises:
        HandedOn: none is free; nothing has been recorded.
    """
    counted = _counted(state, action, guard, providers)
    if counted is None:
        yield
        return
    with guard.bulkhead.place(counted, WAIT_S) as free:
        if not free:
            telemetry.emit("bulkhead.full", provider=counted)
            raise HandedOn
        yield


def _counted(state: RunState, action: Action, guard: Guard, providers: Providers) -> str | None:
    """The provider whose call it is; None where there is none, or it is nobody outside."""
    if not isinstance(action, Infer):
        return None
    try:
        return guard.counted_as(*providers.resolve(action.model or state.model))
    except ProviderError:
        return None
