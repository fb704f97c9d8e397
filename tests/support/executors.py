"""An executor in the test's own process, put together as a worker's is."""

from collections.abc import Iterator
from contextlib import contextmanager

from runtime_app.clock import Clock, SystemClock
from runtime_app.db.database import Database
from runtime_app.dispatch.dispatcher import Dispatcher
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.executor.asked import Asking
from runtime_app.executor.coalescer import CoalescePolicy
from runtime_app.executor.inference import Inference
from runtime_app.executor.settings import ExecutorSettings
from runtime_app.executor.step import Executor
from runtime_app.leases.keeper import LeaseKeeper
from runtime_app.leases.lease import LeasePolicy
from runtime_app.providers.router import Providers
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.guard import Guard
from runtime_app.runs.admission import TaskLimits
from runtime_app.runs.slots import SlotLimits
from runtime_app.tools.registry import Registry
from tests.support.runs import SLOTS


@contextmanager
def executor(
    db: Database,
    dispatcher: Dispatcher,
    owner: str = "one",
    slots: SlotLimits = SLOTS,
    code_version: str = "test",
    clock: Clock | None = None,
) -> Iterator[Executor]:
    """One that can step runs with scripted models; nobody sends it any work."""
    clock, registry, policy = clock or SystemClock(), Registry(), LeasePolicy()
    writer = BatchWriter(db)
    writer.start()
    asking = Asking(db, registry, TaskLimits())
    inference = Inference(db, writer, asking, clock, CoalescePolicy(), 1.0)
    try:
        yield Executor(
            db,
            LeaseKeeper(db, policy, clock),
            inference,
            Providers({"scripted": ScriptedProvider()}),
            Guard(Breakers(db, clock), BreakerPolicy(), {}, clock),
            registry,
            dispatcher,
            clock,
            policy,
            ExecutorSettings(owner, code_version, "Be brief.", slots),
        )
    finally:
        writer.stop()
