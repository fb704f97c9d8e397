"""OBSERVABILITY.md and METRICS.md say what the tables say."""

import re

from runtime_app.cli.doctor import CHECKS
from runtime_app.observability.gauges import GAUGES
from runtime_app.observability.metrics import METRICS, PREFIX
from runtime_app.observability.spans import SPANS
from runtime_app.observability.telemetry import CATALOG
from tests.docs.markdown import document

_PLAIN = {
    "http.request.method": "method",
    "http.route": "route",
    "http.response.status_code": "status",
}


def test_every_span_has_a_row_with_its_attributes() -> None:
    rows = {row[0].strip("`"): row[3] for row in document("docs/OBSERVABILITY.md").rows("span")}
    assert rows.keys() == SPANS.keys()
    for name, spec in SPANS.items():
        told = re.findall(r"[\w.]+", rows[name])
        assert told == [_PLAIN.get(attribute, attribute) for attribute in spec.attributes]


def test_every_metric_has_a_row() -> None:
    rows = {row[0].strip("`") for row in document("docs/METRICS.md").rows("metric")}
    assert {PREFIX + metric.name for metric in METRICS} <= rows


def test_what_is_logged_is_named() -> None:
    page = document("docs/OBSERVABILITY.md").text
    assert all(f"`{name}`" in page for name, told in CATALOG.items() if told.logged)


def test_whatever_is_told_is_counted() -> None:
    counted = {metric.told for metric in METRICS} | {metric.until for metric in METRICS}
    assert CATALOG.keys() - counted == set()


def test_a_runbook_names_metrics_that_there_are() -> None:
    known = {PREFIX + row.name for row in (*METRICS, *GAUGES)}
    for page in ("docs/OPERATIONS.md", "docs/OBSERVABILITY.md"):
        text = document(page).text
        named = set(re.findall(rf"\b{PREFIX}[a-z_]+(?:_total|_seconds|_ratio)\b", text))
        assert named - known - {f"{PREFIX}label_overflow_total"} == set(), page


def test_the_doctors_lines_are_shown_all_in_their_order() -> None:
    [shown] = [
        block
        for block in document("docs/OPERATIONS.md").blocks("text")
        if block.startswith("ok    settings")
    ]
    assert re.findall(r"^(?:ok|FAIL|-) +(\w+)", shown, re.MULTILINE) == [c.name for c in CHECKS]
