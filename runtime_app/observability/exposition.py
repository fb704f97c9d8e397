"""`/metrics` on a port of its own: never on the one that callers reach."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from runtime_app.observability.gauges import GAUGES, Gauge, Reading
from runtime_app.observability.metrics import OTHER, PREFIX

_log = logging.getLogger(__name__)
_serving: list["_Server"] = []


def readable(
    folder: str, version: str, gauges: Callable[[], Reading] | None = None
) -> CollectorRegistry:
    """A registry to read from: of all processes that count into `folder`, or of this one alone.

    Args:
        gauges: what the rows say, for the role that asks them; must not raise.
    """
    prometheus_client.disable_created_metrics()
    registry = CollectorRegistry()
    registry.register(_Build(version))
    if gauges is not None:
        registry.register(_Rows(gauges))
    if folder:
        MultiProcessCollector(registry, folder)
    return registry


def serve(
    registry: CollectorRegistry, address: str, port: int, *, shared: bool = False
) -> Callable[[], None]:
    """Serve `/metrics` in the background. A port that is taken is an error in the log, no more.

    Args:
        shared: whether other processes of this role serve the same counts at the same port.

    Returns:
        What ends it.
    """
    page = prometheus_client.make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status = "404 Not Found"
        if environ["PATH_INFO"] == "/metrics":
            try:
                answer: Iterable[bytes] = page(environ, start_response)
                return answer
            except Exception:  # noqa: BLE001 - else the server writes it past the log
                _log.exception("the page of metrics cannot be made")
                status = "500 Internal Server Error"
        start_response(status, [("Content-Length", "0")])
        return [b""]

    try:
        server = make_server(address, port, app, _SharedServer if shared else _Server, _Quiet)
    except OSError as error:
        _log.error("no metrics: port %s of %s cannot be had (%s)", port, address, error)
        return lambda: None
    _serving.append(server)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def stop() -> None:
        _serving.remove(server)
        server.shutdown()
        server.server_close()

    return stop


def let_go() -> None:
    """In a child after fork: close what its parent serves, or the port outlives the parent."""
    while _serving:
        _serving.pop().server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SharedServer(_Server):
    allow_reuse_port = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """A scrape is nothing to tell."""


class _Build:
    """`oa_build_info`: which release is here."""

    def __init__(self, version: str) -> None:
        self._version = version

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The one series, always 1."""
        family = GaugeMetricFamily(
            f"{PREFIX}build_info", "The release of this process.", labels=["version"]
        )
        family.add_metric([self._version], 1)
        yield family


class _Rows:
    """`GAUGES`, as far as they are known."""

    def __init__(self, read: Callable[[], Reading]) -> None:
        self._read = read

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """A family for each gauge that the reading has."""
        reading = self._read()
        for gauge in GAUGES:
            if gauge.name in reading:
                yield _family(gauge, reading[gauge.name])


def _family(gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    names = [label.name for label in gauge.labels]
    tame: dict[tuple[str, ...], float] = {}
    for key, value in values.items():
        known = zip(key, gauge.labels, strict=True)
        # What a registry knows is made by ourselves, as all of a reading is.
        shown = tuple(
            each if label.registry or each in label.values else OTHER for each, label in known
        )
        tame[shown] = tame.get(shown, 0.0) + value
    family = GaugeMetricFamily(PREFIX + gauge.name, gauge.doc, labels=names)
    for shown, value in tame.items():
        family.add_metric(list(shown), value)
    return family
