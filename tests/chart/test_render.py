"""What the chart becomes is what was looked at, and what Kubernetes takes."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest

from helm import generate
from tests.support import chart_golden
from tests.support.chart import VALUES, Chart, Document, values_of
from tests.support.crd_schemas import SCHEMAS

OLDEST, NEWEST = "1.30", "1.37"


def test_the_tables_and_the_schema_are_those_of_the_code() -> None:
    assert generate.main(["--check"]) == 0


def test_a_file_that_was_edited_by_hand_or_lost_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "CHART", tmp_path / "chart")
    (tmp_path / "chart" / "tables").mkdir(parents=True)
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "chart" / "tables" / "roles.yaml").write_text("web: {}\n")
    assert generate.main(["--check"]) == 1
    assert "stale in the chart: tables/roles.yaml; run `make docs`" in capsys.readouterr().err


@pytest.mark.parametrize("name", VALUES)
def test_a_strict_lint_has_nothing_to_say(chart: Chart, name: str) -> None:
    assert chart.lint(values_of(name)) == []


@pytest.mark.parametrize("name", VALUES)
def test_it_renders_to_what_was_reviewed(chart: Chart, name: str) -> None:
    golden = chart_golden.render_file(name)
    assert chart_golden.render(chart, name) == golden.read_text("utf-8"), (
        f"{golden.name} is not what the chart renders to; look at the difference, then "
        "`python -m tests.support.chart_golden`"
    )


def test_kubernetes_takes_all_of_it(rendered: Mapping[str, list[Document]]) -> None:
    different = {
        json.dumps(document, sort_keys=True): document
        for documents in rendered.values()
        for document in documents
    }
    for document in different.values():
        if document["kind"] in SCHEMAS:
            jsonschema.Draft202012Validator(SCHEMAS[document["kind"]]).validate(document)
        else:
            kubernetes_validate.validate(document, OLDEST, strict=True)


def test_a_newer_kubernetes_takes_it_too(rendered: Mapping[str, list[Document]]) -> None:
    one_of_each = {document["kind"]: document for document in rendered["prod"]}
    for kind in one_of_each.keys() - SCHEMAS:
        kubernetes_validate.validate(one_of_each[kind], NEWEST, strict=True)


def test_a_misspelled_field_would_be_seen(rendered: Mapping[str, list[Document]]) -> None:
    deployment = next(one for one in rendered["dev"] if one["kind"] == "Deployment")
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)
    scaled = next(one for one in rendered["prod"] if one["kind"] == "ScaledObject")
    wrong = {**scaled, "spec": {**scaled["spec"], "minReplicas": 1}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMAS["ScaledObject"]).validate(wrong)


def test_it_renders_in_no_time(chart: Chart) -> None:
    began_s = time.monotonic()
    chart.render(values_of("prod"))
    assert time.monotonic() - began_s < 2 * 5  # 0.1 s on a quiet machine
