"""Counts what is told: `telemetry`'s subscriber behind `/metrics`.

The guard stands here: a series is made for label values that are known, everything else is counted
as `other`, and so is what would make a metric larger than its budget. A value that somebody sends
can therefore make no series.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import prometheus_client
from prometheus_client import CollectorRegistry, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

from runtime_app.observability.metric import Kind, Metric
from runtime_app.observability.metrics import (
    MAX_SERIES,
    MAX_SERIES_OF_A_PROCESS,
    METRICS,
    OTHER,
    PREFIX,
)

OVERFLOW = "label_overflow_total"
#: The files of a process, one for each kind of metric that there is.
KINDS = ("counter", "gauge_livemin", "gauge_livesum", "histogram")
Registries = Mapping[str, Collection[str]]
_Take = Callable[[float], None]


class Counts:
    """The metrics of one process; a subscriber of telemetry.

    Args:
        registries: the values of the labels that name a registry.
        registry: where the series are read from, in a role of one process.
    """

    def __init__(self, registries: Registries, registry: CollectorRegistry | None = None) -> None:
        overflow = prometheus_client.Counter(
            PREFIX + OVERFLOW,
            "Emissions that were counted under `other`, by metric.",
            ["metric"],
            registry=registry,
        )
        self._rows: dict[str, list[_Row]] = {}
        # Kept back: the series of overflows, and what each metric needs to be counted as `other`.
        budget = _Budget(
            MAX_SERIES_OF_A_PROCESS - len(METRICS) - sum(metric.series_each for metric in METRICS)
        )
        for metric in METRICS:
            row = _Row(metric, registries, registry, overflow, budget)
            self._rows.setdefault(metric.told, []).append(row)
            if metric.until:
                self._rows.setdefault(metric.until, []).append(row.falling())

    def __call__(self, name: str, value: float, labels: Mapping[str, str]) -> None:
        for row in self._rows.get(name, ()):
            row.take(value, labels)


@dataclass(slots=True)
class _Budget:
    """How many series the process may still make."""

    left: int

    def grants(self, series: int) -> bool:
        """Take so many, or none."""
        if self.left < series:
            return False
        self.left -= series
        return True


class _Row:
    """One metric, with the series that it has so far."""

    def __init__(
        self,
        metric: Metric,
        registries: Registries,
        registry: CollectorRegistry | None,
        overflow: Any,
        budget: _Budget,
    ) -> None:
        self._metric = metric
        self._budget = budget
        self._names = tuple(label.name for label in metric.labels)
        self._known = tuple(
            frozenset(registries.get(label.registry, ()) if label.registry else label.values)
            for label in metric.labels
        )
        self._made = _made(metric, registry)
        self._overflow = overflow.labels(metric.name)
        self._series: dict[tuple[str, ...], _Take] = {}
        self._room = MAX_SERIES // metric.series_each - 1
        self._sign = 1.0
        if not metric.labels:
            self._series[()] = self._taker(self._made)

    def falling(self) -> "_Row":
        """The same gauge, going down."""
        twin = object.__new__(_Row)
        twin.__dict__ = {**self.__dict__, "_sign": -1.0, "_series": {}}
        twin._series[()] = twin._taker(self._made)
        return twin

    def take(self, value: float, labels: Mapping[str, str]) -> None:
        """Count one emission."""
        key = tuple([labels[name] for name in self._names])
        take = self._series.get(key)
        if take is None:
            take = self._admit(key)
        take(value)

    def _admit(self, key: tuple[str, ...]) -> _Take:
        """The series of a combination that has none yet; an unknown one is not remembered."""
        tame = tuple(
            value if value in known else OTHER
            for value, known in zip(key, self._known, strict=True)
        )
        if tame != key:
            self._overflow.inc()
        if tame not in self._series:
            full = len(self._series) >= self._room
            if full or not self._budget.grants(self._metric.series_each):
                tame = (OTHER,) * len(key)
            if tame not in self._series:
                self._series[tame] = self._taker(self._made.labels(*tame))
        return self._series[tame]

    def _taker(self, series: Any) -> _Take:
        if self._metric.kind is Kind.HISTOGRAM:
            observe: _Take = series.observe
            return observe
        if self._metric.kind is Kind.LEVEL:
            put: _Take = series.set
            return put
        if self._metric.kind is Kind.GAUGE:
            sign = self._sign
            return lambda _value: series.inc(sign)
        if self._metric.counts:
            return lambda _value: series.inc()
        add: _Take = series.inc
        return add


def _made(metric: Metric, registry: CollectorRegistry | None) -> Any:
    """The metric as the library has it."""
    name, labels = PREFIX + metric.name, [label.name for label in metric.labels]
    if metric.kind is Kind.HISTOGRAM:
        return prometheus_client.Histogram(
            name, metric.doc, labels, buckets=metric.buckets, registry=registry
        )
    if metric.kind in (Kind.GAUGE, Kind.LEVEL):
        together: Literal["livemin", "livesum"] = "livemin" if metric.least else "livesum"
        return prometheus_client.Gauge(
            name, metric.doc, labels, multiprocess_mode=together, registry=registry
        )
    return prometheus_client.Counter(name, metric.doc, labels, registry=registry)


def share_files(folder: str, process: str) -> None:
    """Keep this process's counts in files that the others of its role read; before any is made.

    Args:
        folder: the library reads it from PROMETHEUS_MULTIPROC_DIR too.
        process: names the files; distinct among those that run. One that comes again (the next
            child in a slot of a pool) goes on counting where the one before it stopped.

    Effects: forgets what processes that are gone said of the moment (gauges).
    """
    for gone in _dead(folder):
        mark_process_dead(gone, folder)
    for kind in KINDS:
        own = Path(folder) / f"{kind}_{process}.db"
        if kind.startswith("gauge") or not own.exists() or not own.stat().st_size:
            _put_empty(own)
    values.ValueClass = values.MultiProcessValue(lambda: process)


def _put_empty(own: Path) -> None:
    """A file without values, there at once and whole.

    The library opens a file first and sizes it afterwards; who reads it in between, or after a
    process was killed there, fails.
    """
    new = own.with_suffix(".new")
    new.unlink(missing_ok=True)
    MmapedDict(str(new)).close()
    new.replace(own)


def _dead(folder: str) -> set[str]:
    owners = {path.stem.rpartition("_")[2] for path in Path(folder).glob("gauge_live*.db")}
    return {pid for pid in owners if pid.isdecimal() and not Path(f"/proc/{pid}").exists()} - {
        str(os.getpid())
    }
