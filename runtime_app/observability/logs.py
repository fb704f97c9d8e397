"""Logs: one JSON line per record, for every logger of the process, without secrets or people.

Whatever writes to standard error on its own in Python's stead (the hooks for uncaught exceptions,
loggers that libraries have set up) is brought here, because what is not rendered here is not
sanitized either.
"""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from runtime_app.observability.telemetry import CATALOG
from runtime_app.sanitizer import Profile, Sanitizer

#: Loggers that say one or two lines per task at INFO.
_NOISY = ("celery.app.trace", "celery.worker.strategy", "celery.beat")

_Record = structlog.typing.EventDict

_log = logging.getLogger("oa.told")


def tell(name: str, value: float, labels: Mapping[str, str]) -> None:
    """Write a line about what is told, where the catalogue wants one: telemetry's subscriber."""
    if CATALOG[name].logged:
        _log.info(name, extra={"value": round(value, 6), **labels})


def configure(level: str, role: str, code_version: str, sanitizer: Sanitizer) -> None:
    """Send all logging to standard error as JSON lines.

    Fields: ts, level, logger, event, role, code_version; what the work is for (request_id,
    trace_id, span_id, run_id, thread_id, tool_call_id) where it is for something; what `extra`
    gave, such as the value and the labels of a telemetry event; the exception and the stack where
    there are any. Each passes the sanitizer with the profile `private`.

    Effects: replaces the root logger's handlers, takes those of all other loggers, lets warnings
    and uncaught exceptions be logged.
    """
    fixed = {"role": role, "code_version": code_version}

    def add_fixed(_logger: object, _name: str, record: _Record) -> _Record:
        record.update(fixed)
        return record

    def sanitize(_logger: object, _name: str, record: _Record) -> _Record:
        # What is not JSON is written out first: the renderer would do so after us.
        plain = json.loads(json.dumps(dict(record), default=repr, skipkeys=True))
        clean: dict[str, Any] = sanitizer.value(plain, Profile.PRIVATE)
        return clean

    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            sanitize,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.contextvars.merge_contextvars,
            add_fixed,
        ],
    )
    handler = _StandardError(sys.stderr)
    handler.setFormatter(formatter)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _take_over()


class _StandardError(logging.StreamHandler[Any]):
    """Says which record it could not write; the library's own words would quote the record."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        kind = getattr(sys.exc_info()[0], "__name__", "?")
        line = {"level": "error", "logger": record.name, "event": f"a record was lost: {kind}"}
        sys.stderr.write(json.dumps(line) + "\n")


def _take_over() -> None:
    for known in logging.Logger.manager.loggerDict.values():
        if isinstance(known, logging.Logger):
            known.handlers.clear()
            known.propagate = True
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("uncaught").critical("the process ends", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    about = (args.exc_type, args.exc_value, args.exc_traceback)
    name = "?" if args.thread is None else args.thread.name
    logging.getLogger("uncaught").critical("thread %s ends", name, exc_info=about)


def _unraisable(found: Any) -> None:
    about = (found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback)
    logging.getLogger("uncaught").error("an exception that nobody could raise", exc_info=about)
