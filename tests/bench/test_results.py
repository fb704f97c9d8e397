"""Benchmarks fail alone: what the others have found is kept, and which did not come through."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as bench
from bench.harness import Figure, at_least, at_most, plain
from bench.outcome import Results

FACTS = {"at": "2026-01-02T03:04:05+00:00", "revision": "new", "cores": "2"}
ORDER = ("fast", "slow", "broken")


def results(folder: Path, **facts: str) -> Results:
    return Results(ORDER, FACTS | facts, folder)


def written(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "latest.json").read_text())
    return found


def test_a_figure_is_held_against_its_target() -> None:
    assert at_most("fast", "x", 3, "ms", 2).met is False
    assert at_most("fast", "x", 2, "ms", 2).met is True
    assert at_least("fast", "x", 1, "ms", 2).met is False
    assert plain("fast", "x", 1, "ms").met is None


def test_a_bench_that_fails_keeps_its_old_figures_and_all_of_the_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails() -> list[Figure]:
        raise AssertionError("nobody answers")

    old = results(tmp_path, revision="old")
    assert bench.measured("broken", lambda: [plain("broken", "kept", 1, "s")], old)
    now = results(tmp_path)
    assert bench.measured("slow", lambda: [at_most("slow", "b", 5, "s", 2)], now)
    assert not bench.measured("broken", fails, now)
    assert bench.measured("fast", lambda: [at_most("fast", "a", 1, "s", 2, "a <thing>")], now)
    found = written(tmp_path)
    assert [row["name"] for row in found["figures"]] == ["a", "b", "kept"]
    assert found["machine"] == FACTS
    assert [about["revision"] for about in found["benches"].values()] == ["new", "new", "old"]
    assert [name for name, about in found["benches"].items() if "failed" in about] == ["broken"]
    assert "nobody answers" in capfd.readouterr().err
    assert bench.measured("broken", lambda: [plain("broken", "mended", 2, "s")], now)
    assert [row["name"] for row in written(tmp_path)["figures"]] == ["a", "b", "mended"]
    assert "failed" not in written(tmp_path)["benches"]["broken"]


def test_a_bench_that_does_not_end_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs() -> list[Figure]:
        while True:
            pass

    monkeypatch.setitem(bench.LIMITS_S, "slow", 1)
    assert not bench.measured("slow", hangs, results(tmp_path))
    assert written(tmp_path)["benches"]["slow"]["failed"].endswith(": Overtime")


def test_a_bench_that_is_no_more_leaves_no_figures(tmp_path: Path) -> None:
    Results(("gone",), FACTS, tmp_path).tell("gone", [plain("gone", "x", 1, "s")], 1)
    results(tmp_path).tell("fast", [at_most("fast", "<&>", 1, "s", 2)], 1)
    assert [row["bench"] for row in written(tmp_path)["figures"]] == ["fast"]
    drawing = ET.parse(tmp_path / "latest.svg").getroot()
    assert sum(each.tag.endswith("rect") for each in drawing) == 1


def test_a_bench_that_nobody_knows_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["append", "appendix"]) == 2
    assert "unknown: appendix" in capsys.readouterr().out
