"""Where a process tells of itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """What is told to whom.

    Args:
        otlp_endpoint: base URL of the collector of spans; empty exports none.
        metrics_port: where `/metrics` is served; 0 serves none.
        metrics_address: the address that it is served at.
        metrics_dir: where the processes of one role keep their counts together; empty for a role
            of one process.
    """

    otlp_endpoint: str = ""
    metrics_port: int = 0
    metrics_address: str = "127.0.0.1"
    metrics_dir: str = ""
