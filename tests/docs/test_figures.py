"""The README's figures are those of the benchmarks, and what missed its target says so."""

import json
from typing import Any

import pytest

from docs import figures
from tests.docs.markdown import PROJECT, document

RESULTS = json.loads((PROJECT / "bench/results/latest.json").read_text())
MACHINE = {
    "cores": "2",
    "cpu": "X",
    "memory_gib": "4",
    "at": "2026-01-02T03:04:05",
    "revision": "new",
}


def row(**given: Any) -> dict[str, Any]:
    plain = {"bench": "b", "name": "n", "value": 1.0, "unit": "", "target": "", "met": None}
    return {**plain, "headline": "h", **given}


def shown(*rows: dict[str, Any], **benches: dict[str, str]) -> str:
    return figures.figures({"machine": MACHINE, "benches": benches, "figures": list(rows)})


def test_every_figure_that_missed_its_target_is_in_the_readme_and_says_so() -> None:
    rows = document("README.md").rows("figure")
    missed = [row for row in RESULTS["figures"] if row["met"] is False]
    assert sum(cells[2].endswith(": missed") for cells in rows) == len(missed)
    aimed = [cells for cells in rows if cells[2]]
    assert len(aimed) == sum(
        bool(row["target"]) for row in RESULTS["figures"] if row["headline"] or row["met"] is False
    )


@pytest.mark.parametrize(
    ("given", "cells"),
    [
        (row(value=16.541, unit="ms", target="≤ 12", met=False), "16.5 ms | ≤ 12 ms: missed"),
        (row(value=28401.98, unit="/s", target="≥ 25000", met=True), "28,402 /s | ≥ 25,000 /s"),
        (row(value=0.765, target="≥ 0.45", met=True), "0.765 | ≥ 0.45"),
        (row(value=9.665, unit="ms"), "9.66 ms | "),
    ],
)
def test_a_figure_stands_beside_its_target(given: dict[str, Any], cells: str) -> None:
    assert f"| h | {cells} |" in shown(given)


def test_without_a_headline_only_what_missed_is_shown_by_its_name() -> None:
    assert "| b: n |" in shown(row(headline="", target="≤ 0", met=False))
    assert "n |" not in shown(row(headline="", target="≤ 2", met=True))


def test_what_was_not_measured_with_the_rest_is_told() -> None:
    text = shown(fast={"revision": "new"}, slow={"revision": "old"}, broken={"failed": "now"})
    assert "Of an earlier revision: slow, broken." in text
    assert "Did not come through the last time: broken." in text


def test_a_readme_without_a_place_for_them_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "END", "<!-- nowhere -->")
    with pytest.raises(ValueError, match="no place for the figures"):
        figures.readme()
