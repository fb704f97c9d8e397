"""Queue `maintenance`: what beat asks for, each once a tick."""

from runtime_app.clock import SystemClock
from runtime_app.dispatch.jobs import (
    DeliverWebhooks,
    PruneEvents,
    PruneNonces,
    PruneWebhooks,
    RecoverRuns,
    RescueTools,
    SweepCanaries,
    SweepPredictions,
    SweepSlots,
    SweepWakeups,
)
from runtime_app.ds.canaries import sweep_canaries
from runtime_app.ds.sweep import sweep_predictions
from runtime_app.maintenance.client_calls import expire_calls
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.maintenance.pruner import prune_ended
from runtime_app.maintenance.slot_sweeper import sweep_slots
from runtime_app.maintenance.tool_rescuer import rescue_tools
from runtime_app.maintenance.wakeup_sweeper import sweep_wakeups
from runtime_app.resilience.fetch_guard import forget_idle
from runtime_app.webhooks import deliveries
from runtime_app.webhooks.courier import SPELL_S
from tasks.periodic import periodic
from tasks.worker import runtime


@periodic(SweepWakeups)
def sweep() -> int:
    """Find work that nobody was told of."""
    return sweep_wakeups(runtime().db)


@periodic(SweepSlots)
def hand_out() -> int:
    """Find slots that nobody was told of."""
    return sweep_slots(runtime().db, runtime().slots)


@periodic(SweepPredictions)
def see_to_predictions() -> int:
    """Find predictions whose message or worker was lost."""
    return sweep_predictions(runtime().db, runtime().tools.code_version)


@periodic(SweepCanaries)
def see_to_canaries() -> int:
    """Hold the canaries at work against their gates."""
    return sweep_canaries(runtime().db)


@periodic(RecoverRuns)
def recover() -> int:
    """Find executors that died."""
    return recover_runs(runtime().db, runtime().slots)


@periodic(RescueTools)
def rescue() -> int:
    """Find tool tasks whose worker died or hangs, or whose client does not answer."""
    return rescue_tools(runtime().db, runtime().registry) + expire_calls(runtime().db)


@periodic(PruneNonces)
def prune_nonces() -> int:
    """Forget nonces whose tokens have expired, and origins that nobody asks any more."""
    return runtime().nonces.prune() + forget_idle(runtime().db)


@periodic(PruneEvents)
def prune_events() -> int:
    """Let go of what only readers of ended runs needed."""
    return prune_ended(runtime().db, runtime().retention, SystemClock())


@periodic(DeliverWebhooks)
def deliver_webhooks() -> int:
    """Send the notices that are due."""
    return runtime().courier.deliver(SPELL_S)


@periodic(PruneWebhooks)
def prune_webhooks() -> int:
    """Let go of old deliveries."""
    return deliveries.prune(runtime().db, runtime().courier.kept_s)
