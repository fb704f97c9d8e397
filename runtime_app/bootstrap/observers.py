"""Who hears what this process tells of itself: counters, log lines, spans."""

from collections.abc import Callable, Mapping

from runtime_app.config import Config
from runtime_app.dispatch.jobs import JOBS
from runtime_app.egress.refusal import REASONS
from runtime_app.events.catalog import Retention
from runtime_app.observability import counts, exposition, logs, otel, telemetry
from runtime_app.observability.gauges import Reading
from runtime_app.providers.outcome import FAILURES, Outcome
from runtime_app.runs.status import ReasonClass

#: What labels may say, where a table of ours knows; routes and tools are told by their edge.
REGISTRIES: Mapping[str, tuple[str, ...]] = {
    "tasks": tuple(job.kind for job in JOBS),
    "event classes": tuple(each.value for each in Retention),
    "reason classes": tuple(each.value for each in ReasonClass),
    "egress outcomes": ("answered", *REASONS),
    "provider outcomes": tuple(each.value for each in Outcome),
    "model outcomes": ("finished", "lost", "handed on", *FAILURES),
}

_ending: list[Callable[[], None]] = []


def begin(
    config: Config,
    registries: counts.Registries,
    *,
    process: str = "",
    serve: bool = True,
    gauges: Callable[[], Reading] | None = None,
) -> None:
    """Count, log and trace what is told from now on, as the settings say. After fork.

    Args:
        registries: beside `REGISTRIES`.
        process: the name of this process among those of its role that count together.
        serve: whether this process serves `/metrics` itself.
        gauges: what is asked for at each scrape: the rows, or what the process knows of itself.
    """
    told, version = config.telemetry, config.defaults.code_version
    telemetry.subscribe(logs.tell)
    if told.otlp_endpoint:
        _ending.append(otel.start(told.otlp_endpoint, config.role, version))
    if not told.metrics_port:
        return
    if told.metrics_dir:
        counts.share_files(told.metrics_dir, process)
    registry = exposition.readable(told.metrics_dir, version, gauges)
    own = None if told.metrics_dir else registry
    telemetry.subscribe(counts.Counts({**REGISTRIES, **registries}, own))
    telemetry.emit("db.pool", config.database.most)
    if serve:
        _ending.append(
            exposition.serve(
                registry, told.metrics_address, told.metrics_port, shared=bool(told.metrics_dir)
            )
        )


def serve(config: Config, gauges: Callable[[], Reading] | None = None) -> None:
    """Serve `/metrics` for other processes of this role, or of one that counts nothing."""
    told = config.telemetry
    if told.metrics_port:
        registry = exposition.readable(told.metrics_dir, config.defaults.code_version, gauges)
        _ending.append(exposition.serve(registry, told.metrics_address, told.metrics_port))


def let_go() -> None:
    """In a child after fork: what its parent serves and passes on is the parent's alone."""
    _ending.clear()
    exposition.let_go()


def end() -> None:
    """Pass on what is waiting; a few seconds at most. Again: nothing."""
    while _ending:
        _ending.pop()()
