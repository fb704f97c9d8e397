"""What a worker process is made of."""

import os
import threading
from dataclasses import dataclass

import runtime_app.db.pool  # noqa: F401 - before a worker forks, so that its children share it
from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.store import ArtifactStore
from runtime_app.bootstrap.anchors import anchors_of
from runtime_app.bootstrap.registry import registry_of
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.bootstrap.webhooks import courier_of
from runtime_app.clock import SystemClock
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.db.listen import Listener
from runtime_app.dispatch.celery import CeleryDispatcher
from runtime_app.ds.asking import Models
from runtime_app.ds.predict import Predictor
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.channel import RUN_CONTROL
from runtime_app.events.pruning import RetentionPolicy
from runtime_app.executor.asked import Asking
from runtime_app.executor.coalescer import CoalescePolicy
from runtime_app.executor.inference import Inference
from runtime_app.executor.settings import ExecutorSettings
from runtime_app.executor.step import Executor
from runtime_app.leases.keeper import LeaseKeeper
from runtime_app.maintenance.liveness import process_name
from runtime_app.providers.provider import ModelProvider
from runtime_app.providers.remote import RemoteProvider
from runtime_app.providers.router import Providers
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.resilience.breakers import CHANNEL as PROVIDER_CONTROL
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.bulkhead import Bulkhead
from runtime_app.resilience.fetch_guard import FetchGuard
from runtime_app.resilience.guard import Guard
from runtime_app.resilience.rate_budgets import RateBudgets
from runtime_app.runs.slots import SlotLimits
from runtime_app.security.nonces import NonceStore
from runtime_app.tools import listing
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.webhooks.courier import Courier
from runtime_app.webhooks.endpoints import wanted

#: How long a start waits for its tools to be listed, so that whoever finds it ready sees them.
LISTED_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class WorkerRuntime:
    """The parts of a worker process; build it after fork.

    Only a process that executes runs needs `start`: the keeper, the writer and the listener for
    cancel requests are its.
    """

    db: Database
    executor: Executor
    predictor: Predictor
    tools: ToolRunner
    registry: Registry
    nonces: NonceStore
    slots: SlotLimits
    retention: RetentionPolicy
    anchors: Anchors | None
    courier: Courier
    keeper: LeaseKeeper
    writer: BatchWriter
    breakers: Breakers
    budgets: RateBudgets
    listener: Listener

    @classmethod
    def build(cls, config: Config) -> "WorkerRuntime":
        """Wire the parts; connects to nothing yet."""
        clock = SystemClock()
        owner = process_name(config.role, os.getpid())
        dispatcher = CeleryDispatcher(config.broker_url)
        notices = wanted(config.webhooks)
        db = Database(config.database, dispatcher, sanitizer_of(config), notices)
        tools = registry_of(config, db.sanitizer)
        keeper = LeaseKeeper(db, config.lease_policy, clock)
        writer = BatchWriter(db)
        breakers = Breakers(db, clock)
        budgets = RateBudgets(db, clock)
        asking = Asking(db, tools, config.tool_tasks)
        inference = Inference(db, writer, asking, clock, CoalescePolicy(), config.drain_s)
        providers = _providers(config)
        guard = Guard(
            breakers,
            config.breakers,
            {name: remote.api_key for name, remote in config.remotes.items()},
            clock,
            config.fallbacks,
            config.rates,
            budgets,
            Bulkhead(config.calls_per_provider),
        )
        models = Models(providers, guard, clock, config.defaults.model)
        executor = Executor(
            db,
            keeper,
            inference,
            providers,
            guard,
            tools,
            dispatcher,
            clock,
            config.lease_policy,
            ExecutorSettings(
                owner,
                config.defaults.code_version,
                config.system_prompt,
                config.slots,
                config.abilities,
            ),
        )
        told = {RUN_CONTROL: keeper.cancel, PROVIDER_CONTROL: breakers.forget}

        def resync() -> None:
            keeper.beat()
            breakers.forget_all()

        listener = Listener(
            config.database.direct_url,
            list(told),
            lambda channel, payload: told[channel](payload),
            resync,
        )
        return cls(
            db,
            executor,
            Predictor(db, models, config.defaults.code_version),
            ToolRunner(
                db,
                tools,
                clock,
                owner,
                config.defaults.code_version,
                ArtifactStore(config.artifacts_url) if config.artifacts_url else None,
                fetches=FetchGuard(db, breakers, config.breakers, clock),
            ),
            tools,
            NonceStore(db),
            config.slots,
            config.retention,
            anchors_of(config),
            courier_of(config, db),
            keeper,
            writer,
            breakers,
            budgets,
            listener,
        )

    def start(self) -> None:
        """Keep leases, write batches and outcomes, listen for cancel requests and trips.

        Effects:
            the tools are listed; by a thread, once the database is there, if it is away.
        """
        self.keeper.start()
        self.writer.start()
        self.breakers.start()
        self.budgets.start()
        self.listener.start()
        told = (self.db, self.registry, self.tools.code_version)
        lists = threading.Thread(target=listing.keep, args=told, name="tool-listing", daemon=True)
        lists.start()
        lists.join(LISTED_WITHIN_S)


def _providers(config: Config) -> Providers:
    table: dict[str, ModelProvider] = {"scripted": ScriptedProvider()}
    for name, remote in config.remotes.items():
        if remote.api_key:
            table[name] = RemoteProvider(name, remote.endpoint(config.egress_proxy))
    return Providers(table)
