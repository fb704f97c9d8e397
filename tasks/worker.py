"""The runtime of a worker process: built after fork, warmed up, drained on SIGTERM."""

import gc
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from billiard.process import current_process
from celery.signals import (
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from runtime_app.bootstrap import observers
from runtime_app.bootstrap.worker import WorkerRuntime
from runtime_app.db import bounded_wait
from runtime_app.errors import Unavailable
from runtime_app.maintenance.liveness import process_name
from runtime_app.maintenance.tool_rescuer import hand_back
from runtime_app.providers.model_script import PARTS
from tasks import (
    lost_channel,
    message,  # noqa: F401 - its signals
)
from tasks.app import app, config
from tasks.drain import ChildDrain
from tasks.hail import Hail, Hailing

_log = logging.getLogger(__name__)
_hail = Hail(config.hail_every_s, config.deaf_after_s, config.health_file)
Hailing.hail = _hail
app.steps["consumer"].add(Hailing)

_lock = threading.Lock()
_runtime: WorkerRuntime | None = None
#: The place of this process in its pool; empty in the main process.
_slot = ""


def runtime() -> WorkerRuntime:
    """This process's runtime, built at the first call (after fork in prefork pools)."""
    global _runtime
    with _lock:
        if _runtime is None:
            _runtime = WorkerRuntime.build(config)
            observers.begin(
                config,
                _registries(_runtime),
                process=_slot,
                serve=not _slot,
                gauges=_hail.reading,
            )
        return _runtime


def _give_back(killed: Sequence[int]) -> None:
    """In the main process, which has no runtime of its own: let others do what the killed did."""
    built = WorkerRuntime.build(config)
    try:
        given = hand_back(
            built.db, built.registry, [process_name(config.role, pid) for pid in killed]
        )
    except Unavailable as error:
        _log.warning("what was killed is left to the rescuer: %s", error)
    else:
        _log.info("%d tool tasks handed back", given)


_children = ChildDrain(config.child_drain_s, _give_back)


def _registries(built: WorkerRuntime) -> dict[str, tuple[str, ...]]:
    played = (f"scripted.{part}" for part in PARTS)
    providers = ("none", "http", *built.executor.providers.names, *played)
    return {"tools": built.registry.names, "providers": providers}


@worker_init.connect
def _settle(**_kwargs: Any) -> None:
    """Nothing waits for Postgres without an end, and a broker that is away stops nothing.

    What is loaded by now is for good: children that collect garbage need no copies of it.
    """
    bounded_wait.install()
    lost_channel.install()
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def _warm_child(**_kwargs: Any) -> None:
    global _slot
    observers.let_go()
    # By place, not by process id: a child that is replaced leaves no file that nobody adds to.
    _slot = f"slot{current_process().index}"
    runtime()


@worker_ready.connect
def _announce(sender: Any, **_kwargs: Any) -> None:
    """Executors live in the main process (threads); elsewhere the children have their own."""
    if type(sender.pool).__module__ == "celery.concurrency.thread":
        runtime().start()
    else:
        observers.serve(config, _hail.reading)
    if config.ready_file:
        Path(config.ready_file).touch()


@worker_shutting_down.connect
def _drain(**_kwargs: Any) -> None:
    _hail.end()
    if _runtime is not None:
        _runtime.keeper.drain()
    else:
        _children.begin()


@worker_shutdown.connect
def _see_it_handed_back(**_kwargs: Any) -> None:
    _children.end()


@worker_process_shutdown.connect
@worker_shutdown.connect
def _pass_on(**_kwargs: Any) -> None:
    observers.end()
