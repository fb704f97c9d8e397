"""METRICS.md: every metric with its labels and their values."""

from collections.abc import Sequence

from docs import words
from docs.page import page, table
from runtime_app.observability.counts import OVERFLOW
from runtime_app.observability.gauges import GAUGES
from runtime_app.observability.metric import Kind, Label, Metric
from runtime_app.observability.metrics import MAX_SERIES, MAX_SERIES_OF_A_PROCESS, METRICS, PREFIX


def metrics() -> str:
    """Every metric with its labels and their values."""
    rows = [_metric_row(metric) for metric in METRICS]
    more = (
        *((f"`{PREFIX}{each.name}`", "gauge", _labels(each.labels), each.doc) for each in GAUGES),
        (f"`{PREFIX}{OVERFLOW}`", "counter", "`metric`: the name of one of these", words.OVERFLOW),
        (f"`{PREFIX}build_info`", "gauge", "`version`: the release", words.BUILD_INFO),
    )
    return page(
        "Metrics",
        (
            "runtime_app/observability/metrics.py",
            "runtime_app/observability/gauges.py",
        ),
        words.METRICS.format(most=MAX_SERIES, most_of_a_process=MAX_SERIES_OF_A_PROCESS),
        table(("metric", "kind", "labels", "counts"), (*rows, *more)),
        "## Buckets",
        table(
            ("metric", "upper bounds"),
            (
                (f"`{PREFIX}{each.name}`", ", ".join(f"{bound:g}" for bound in each.buckets))
                for each in METRICS
                if each.buckets
            ),
        ),
    )


def _metric_row(metric: Metric) -> tuple[str, ...]:
    kind = Kind.GAUGE if metric.kind is Kind.LEVEL else metric.kind
    return f"`{PREFIX}{metric.name}`", kind.value, _labels(metric.labels), metric.doc


def _labels(labels: Sequence[Label]) -> str:
    return "; ".join(_label(label) for label in labels)


def _label(label: Label) -> str:
    known = f"the {label.registry}" if label.registry else ", ".join(filter(None, label.values))
    return f"`{label.name}`: {known}"
