"""The guard before the series: whatever is told, their number stays small."""

import random
import string
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from runtime_app.observability import telemetry
from runtime_app.observability.counts import Counts
from runtime_app.observability.metric import FORBIDDEN, Kind, Label, Metric
from runtime_app.observability.metrics import MAX_SERIES, MAX_SERIES_OF_A_PROCESS, METRICS
from runtime_app.observability.telemetry import CATALOG

REGISTRIES = {
    "routes": [f"/internal/v1/route-{n}" for n in range(60)],
    "tools": [f"tool-{n}" for n in range(500)],
    "providers": ["openai", "scripted"],
    "model outcomes": ["finished", "timeout"],
    "provider outcomes": ["success", "timeout"],
    "tasks": ["runs.step"],
    "egress outcomes": ["answered", "host_not_allowed"],
    "event classes": ["delta", "message"],
    "reason classes": ["completed"],
}


@pytest.fixture
def registry() -> Iterator[CollectorRegistry]:
    registry = CollectorRegistry()
    counts = Counts(REGISTRIES, registry)
    telemetry.subscribe(counts)
    yield registry
    telemetry.unsubscribe(counts)


def samples(registry: CollectorRegistry) -> dict[str, float]:
    """All series by their spelling, but those that only say when they began."""
    page = generate_latest(registry).decode()
    return {
        sample.name + str(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_what_is_told_is_counted_under_its_labels(registry: CollectorRegistry):
    labels = {"route": REGISTRIES["routes"][0], "method": "POST", "status_class": "2xx"}
    telemetry.emit("http.request", 0.004, **labels)
    telemetry.emit("http.request", 0.3, **labels)
    found = samples(registry)
    assert found["oa_http_requests_total" + str(sorted(labels.items()))] == 2
    route = ("route", labels["route"])
    assert found["oa_http_request_seconds_sum" + str([route])] == pytest.approx(0.304)
    assert found["oa_http_request_seconds_bucket" + str([("le", "0.005"), route])] == 1


def test_a_value_counts_unless_the_row_counts_emissions(registry: CollectorRegistry):
    telemetry.emit("append.events", 7, **{"class": "delta"})
    telemetry.emit("append.events", 2, **{"class": "delta"})
    telemetry.emit("task.ended", 12.5, task="runs.step", result="succeeded")
    found = samples(registry)
    assert found["oa_append_events_total[('class', 'delta')]"] == 9
    assert found["oa_tasks_total[('result', 'succeeded'), ('task', 'runs.step')]"] == 1


def test_a_gauge_goes_up_and_down(registry: CollectorRegistry):
    for _ in range(3):
        telemetry.emit("stream.opened")
    telemetry.emit("stream.ended", end="done")
    found = samples(registry)
    assert found["oa_streams_open[]"] == 2
    assert found["oa_stream_ends_total[('end', 'done')]"] == 1


def test_a_level_takes_the_last_value(registry: CollectorRegistry):
    for value in (0, 1, 0):
        telemetry.emit("listener.changed", value, channel="run_events")
    telemetry.emit("listener.changed", 1, channel="run_control")
    found = samples(registry)
    assert found["oa_listener_up[('channel', 'run_events')]"] == 0
    assert found["oa_listener_up[('channel', 'run_control')]"] == 1


def test_nobody_says_that_a_listener_is_down_where_there_is_none(registry: CollectorRegistry):
    assert not any(key.startswith("oa_listener_up") for key in samples(registry))


def test_what_nobody_knows_is_other_and_is_counted_as_such(registry: CollectorRegistry):
    for tool in ("rm -rf", "tool-1", "nothing of ours"):
        telemetry.emit("tool.ended", 1, tool=tool, state="failed", error_class="internal")
    found = samples(registry)
    rest = ("state", "failed"), ("tool", "other")
    assert found["oa_tool_tasks_total" + str([("error_class", "internal"), *rest])] == 2
    assert found["oa_label_overflow_total[('metric', 'tool_tasks_total')]"] == 2


def test_a_flood_of_strings_makes_no_series(registry: CollectorRegistry):
    rng = random.Random(7)
    before = len(samples(registry))
    for _ in range(10_000):
        text = "".join(rng.choices(string.printable, k=12))
        for name, told in CATALOG.items():
            if told.labels:
                telemetry.emit(name, 1, **dict.fromkeys(told.labels, text))
    after = samples(registry)
    labelled = sum(metric.series_each for metric in METRICS if metric.labels)
    assert len(after) <= before + labelled
    assert sum(v for k, v in after.items() if k.startswith("oa_label_overflow_total")) >= 10_000


def test_however_many_values_are_known_a_metric_keeps_to_its_budget(registry: CollectorRegistry):
    for metric in METRICS:
        for n in range(600):
            labels = {}
            for label in metric.labels:
                known = REGISTRIES[label.registry] if label.registry else label.values
                labels[label.name] = known[n % len(known)]
            rest = {name: "" for name in CATALOG[metric.told].labels if name not in labels}
            telemetry.emit(metric.told, 1, **labels, **rest)
    found = samples(registry)
    for metric in METRICS:
        name = "oa_" + metric.name
        mine = [key for key in found if key.startswith((name + "[", name + "_"))]
        assert 0 < len(mine) <= MAX_SERIES, metric.name
    assert len(found) <= MAX_SERIES_OF_A_PROCESS


def test_a_process_keeps_to_its_budget_and_goes_on_counting(monkeypatch):
    monkeypatch.setattr("runtime_app.observability.counts.MAX_SERIES_OF_A_PROCESS", 700)
    small = CollectorRegistry()
    counts = Counts(REGISTRIES, small)
    for n in range(300):
        for route in REGISTRIES["routes"]:
            labels = {"route": route, "method": "GET", "status_class": f"{n % 5 + 1}xx"}
            counts("http.request", 0.1, labels)
        counts("tool.claimed", 0.1, {"tool": f"tool-{n}"})
    found = samples(small)
    assert len(found) <= 700
    requests = [v for k, v in found.items() if k.startswith("oa_http_requests_total")]
    assert sum(requests) == 300 * len(REGISTRIES["routes"])
    waits = [v for k, v in found.items() if k.startswith("oa_tool_wait_seconds_count")]
    assert sum(waits) == 300


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_what_has_many_values_by_nature_is_refused_as_a_label(name: str):
    with pytest.raises(ValueError, match="can be no label"):
        Metric("x_total", Kind.COUNTER, "task.ended", "", (Label(name),))


def test_a_row_counts_what_is_told_and_by_labels_that_are_told():
    with pytest.raises(ValueError, match="is not told"):
        Metric("x_total", Kind.COUNTER, "nothing", "")
    with pytest.raises(ValueError, match="is not told"):
        Metric("x_total", Kind.COUNTER, "task.ended", "", (Label("colour"),))
    with pytest.raises(ValueError, match="buckets"):
        Metric("x_seconds", Kind.HISTOGRAM, "task.ended", "")


def test_names_say_their_kind_and_stand_once():
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert (metric.kind is Kind.COUNTER) == metric.name.endswith("_total"), metric.name
