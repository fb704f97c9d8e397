"""gunicorn: gevent workers, patched before anything else is imported."""

# ruff: noqa: E402 - the patches must come before every other import
from gevent import monkey

monkey.patch_all()
import logging
import signal
from typing import Any

import gevent

from runtime_app.db import green

green.install()

worker_class = "web.server.EnvelopeWorker"
worker_connections = 6000
graceful_timeout = 10
timeout = 60
keepalive = 75
limit_request_line = 8190
# Above ours (web.limits); times the number of fields, it bounds what is held and searched.
limit_request_field_size = 16_640
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """On SIGTERM, first let every stream end, so that its client resumes elsewhere.

    What gevent would print of a greenlet that failed goes through the log and its sanitizer.
    """
    gevent.get_hub().print_exception = _log_failure
    stop = signal.getsignal(signal.SIGTERM)
    runtime = worker.wsgi.extensions["runtime"]

    def drain(signum: int, frame: Any) -> None:
        gevent.spawn(runtime.drain)
        stop(signum, frame)  # type: ignore[operator, misc]

    signal.signal(signal.SIGTERM, drain)


def _log_failure(_context: Any, kind: Any, error: Any, trace: Any) -> None:
    logging.getLogger("uncaught").error("a greenlet failed", exc_info=(kind, error, trace))


def worker_exit(server: Any, worker: Any) -> None:
    """Pass on the spans that wait."""
    from runtime_app.bootstrap import observers  # not in the parent, which needs none of it

    observers.end()
