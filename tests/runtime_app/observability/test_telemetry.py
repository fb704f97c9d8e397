"""Telling: who listens hears all of it, and a name or label that is not listed is a defect."""

import json
import logging
import subprocess
import sys

import pytest

from runtime_app.observability import telemetry
from runtime_app.observability.telemetry import CATALOG
from tests.support.stack import PROJECT

TELL = """
from runtime_app.observability import current, logs, telemetry
from runtime_app.observability.trace_context import TraceContext
from tests.support.sanitizer import SANITIZER
logs.configure("INFO", "worker-tools", "1.2.3", SANITIZER)
telemetry.subscribe(logs.tell)
with current.scope(run_id="r1", tool_call_id="c1"):
    current.bind(TraceContext("1" * 32, "2" * 16), "req-1")
    telemetry.emit("tool.ended", 0.25, tool="calc", state="succeeded", error_class="")
    telemetry.emit("lease.op", op="park", result="parked")
"""


def test_a_subscriber_hears_everything_until_it_leaves():
    heard: list[tuple[str, float, dict[str, str]]] = []

    def hear(name, value, labels):
        heard.append((name, value, dict(labels)))

    telemetry.subscribe(hear)
    telemetry.emit("stream.hole")
    telemetry.emit("auth.accepted", slot="current")
    telemetry.unsubscribe(hear)
    telemetry.emit("stream.hole")
    assert heard == [("stream.hole", 1.0, {}), ("auth.accepted", 1.0, {"slot": "current"})]


def test_a_name_or_a_label_that_is_not_in_the_catalogue_is_refused():
    with pytest.raises(KeyError):
        telemetry.emit("nothing.known")
    with pytest.raises(ValueError, match="slot"):
        telemetry.emit("auth.accepted")
    with pytest.raises(ValueError, match="labels"):
        telemetry.emit("auth.accepted", slot="current", user="42")


def test_no_label_stands_in_the_way_of_a_log_record():
    record = vars(logging.makeLogRecord({}))
    labels = {label for told in CATALOG.values() for label in told.labels}
    assert labels & record.keys() == set()


def test_what_happens_once_per_call_is_a_line_with_all_its_ids():
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "oa.told",
        "event": "tool.ended",
        "role": "worker-tools",
        "code_version": "1.2.3",
        "run_id": "r1",
        "tool_call_id": "c1",
        "request_id": "req-1",
        "trace_id": "1" * 32,
        "span_id": "2" * 16,
        "value": 0.25,
        "tool": "calc",
        "state": "succeeded",
        "error_class": "",
    }
