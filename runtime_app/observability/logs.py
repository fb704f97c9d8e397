"""Logs: one JSON line per record, for every logger of the process."""

import logging
import sys
from collections.abc import Mapping

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from runtime_app.observability.telemetry import CATALOG

#: Loggers that say one or two lines per task at INFO.
_NOISY = ("celery.app.trace", "celery.worker.strategy", "celery.beat")


_log = logging.getLogger("oa.told")
#: What a line about a telemetry event says beside its name: the value and the labels.
_TOLD = frozenset({"value", *(label for told in CATALOG.values() for label in told.labels)})


def tell(name: str, value: float, labels: Mapping[str, str]) -> None:
    """Write a line about what is told, where the catalogue wants one: telemetry's subscriber."""
    if CATALOG[name].logged:
        _log.info(name, extra={"value": round(value, 6), **labels})


def configure(level: str, role: str, code_version: str) -> None:
    """Send all logging to standard error as JSON lines.

    Fields: ts, level, logger, event, role, code_version; what the work is for (request_id,
    trace_id, span_id, run_id, thread_id, tool_call_id) where it is for something; the value and
    the labels of a telemetry event; the exception where there is one.

    Effects: replaces the root logger's handlers.
    """
    fixed = {"role": role, "code_version": code_version}

    def add_fixed(
        _logger: object, _name: str, record: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        record.update(fixed)
        return record

    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ExtraAdder(allow=_TOLD),
            add_fixed,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
