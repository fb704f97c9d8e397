"""Who hears what this process tells of itself."""

from collections.abc import Callable

from runtime_app.config import Config
from runtime_app.observability import otel

_ending: list[Callable[[], None]] = []


def begin(config: Config) -> None:
    """Export spans where the settings name a collector. After fork."""
    told = config.telemetry
    if told.otlp_endpoint:
        version = config.defaults.code_version
        _ending.append(otel.start(told.otlp_endpoint, config.role, version))


def end() -> None:
    """Pass on what is waiting; a few seconds at most. Again: nothing."""
    while _ending:
        _ending.pop()()
