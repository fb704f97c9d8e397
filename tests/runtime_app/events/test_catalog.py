"""The event catalogue."""

import re

import pytest

from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.events.catalog import CATALOG, EventSpec, Retention
from runtime_app.streaming.event_mapper import MAPPED

KINDS = {"enum", "time", "id", "text", "int", "bool", "object", "list", "any"}


@pytest.mark.parametrize(("event_type", "spec"), CATALOG.items())
def test_a_row_is_complete(event_type, spec):
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", event_type)
    assert spec.version >= 1
    assert spec.writer
    assert {kind.removesuffix("?") for kind in spec.fields.values()} <= KINDS


def test_a_question_mark_makes_a_field_optional():
    spec = EventSpec(Retention.CONTROL, "nobody", {"a": "text", "b": "int?"})
    assert spec.required == {"a"}
    assert spec.allowed == {"a", "b"}


def test_only_what_readers_alone_need_may_be_pruned():
    prunable = {
        name
        for name, spec in CATALOG.items()
        if spec.retention in (Retention.DELTA, Retention.PROGRESS)
    }
    assert prunable == {"text.delta", "reasoning.delta", "tool.progress"}


def test_every_delta_has_a_completed_part_that_is_kept():
    for name, spec in CATALOG.items():
        if spec.retention is Retention.DELTA:
            ended = CATALOG[name.replace(".delta", ".ended")]
            assert ended.retention is Retention.MESSAGE
            assert "text" in ended.required


def test_whatever_can_change_a_decision_from_outside_wakes_the_executor():
    outside = {name for name, spec in CATALOG.items() if spec.writer != "executor"}
    waking = {name for name, spec in CATALOG.items() if StepRun in spec.wakes}
    # What becomes of money changes a decision with the tool's result that comes beside it.
    money = {name for name in outside if name.startswith("spend.")}
    assert outside - waking - money == {"integrity.mismatch", "run.accepted", "tool.progress"}
    assert waking <= outside


def test_a_tool_call_asks_for_its_execution():
    assert CATALOG["tool.call"].wakes == (ExecuteTool,)


def test_the_mapper_knows_no_type_that_the_catalogue_lacks():
    assert set(CATALOG) >= MAPPED


@pytest.mark.parametrize(
    "event_type", ["text.ended", "reasoning.ended", "tool.call", "tool.result"]
)
def test_model_and_tool_output_has_a_place_to_say_that_it_was_mended(event_type):
    assert "made_safe" in CATALOG[event_type].allowed - CATALOG[event_type].required
