"""METRICS.md: every metric with its labels and their values."""

from docs import words
from docs.page import page, table
from runtime_app.observability.counts import OVERFLOW
from runtime_app.observability.metrics import MAX_SERIES, METRICS, PREFIX, Label, Metric


def metrics() -> str:
    """Every metric with its labels and their values."""
    rows = [_metric_row(metric) for metric in METRICS]
    more = (
        (f"`{PREFIX}{OVERFLOW}`", "counter", "`metric`: the name of one of these", words.OVERFLOW),
        (f"`{PREFIX}build_info`", "gauge", "`version`: the release", words.BUILD_INFO),
    )
    return page(
        "Metrics",
        ("runtime_app/observability/metrics.py",),
        words.METRICS.format(most=MAX_SERIES),
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
    labels = "; ".join(_label(label) for label in metric.labels)
    return f"`{PREFIX}{metric.name}`", metric.kind.value, labels, metric.doc


def _label(label: Label) -> str:
    known = f"the {label.registry}" if label.registry else ", ".join(filter(None, label.values))
    return f"`{label.name}`: {known}"
