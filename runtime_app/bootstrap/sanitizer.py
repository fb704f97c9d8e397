"""The sanitizer of a process."""

from runtime_app.config import Config
from runtime_app.observability import telemetry
from runtime_app.sanitizer import Sanitizer


def sanitizer_of(config: Config) -> Sanitizer:
    """One that tells of its failures by a counter; a log line would pass through it again."""
    return Sanitizer(config.sanitizer_keys, _failed)


def _failed(profile: str) -> None:
    telemetry.emit("sanitizer.failed", profile=profile)
