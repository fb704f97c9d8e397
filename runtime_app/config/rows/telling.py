"""The settings of what a process tells: spans, metrics, logs."""

from runtime_app.config.kinds import http, level, text, whole
from runtime_app.config.setting import Setting

TELLING: tuple[Setting, ...] = (
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        http,
        "",
        "Base URL of a collector that takes spans (OTLP over HTTP). Without it none are made.",
    ),
    Setting(
        "OA_METRICS_PORT",
        whole(0, 65_535),
        "0",
        "Where /metrics is served, a port for each role; 0 serves none.",
    ),
    Setting("OA_METRICS_ADDRESS", text, "127.0.0.1", "The address that it is served at."),
    Setting(
        "PROMETHEUS_MULTIPROC_DIR",
        text,
        "",
        "Where the processes of one role count together, emptied before the role starts: for web "
        "and for workers that fork.",
    ),
    Setting("OA_LOG_LEVEL", level, "INFO", "DEBUG, INFO, WARNING or ERROR."),
)
