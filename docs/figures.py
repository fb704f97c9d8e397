"""The README's figures, printed from what the benchmarks have written."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.page import table

PROJECT = Path(__file__).resolve().parents[1]
README = PROJECT / "README.md"
RESULTS = PROJECT / "bench" / "results" / "latest.json"

BEGIN = "<!-- Printed by docs/generate.py from bench/results/latest.json: run `make docs`. -->"
END = "<!-- Here ends what is printed. -->"


def readme() -> str:
    """The README as it is, but for its figures.

    Raises:
        ValueError: one of the two marks between which they stand is missing.
    """
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no place for the figures: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{figures(json.loads(RESULTS.read_text()))}\n\n{END}{after}"


def figures(results: Mapping[str, Any]) -> str:
    """Where they were measured, and each that has a headline or missed its target.

    Args:
        results: as `bench.outcome` writes them.
    """
    said = [" ".join(_where(results["machine"], results["benches"]))]
    rows = [_row(row) for row in results["figures"] if row["headline"] or row["met"] is False]
    return "\n\n".join([*said, table(("figure", "measured", "aimed at"), rows)])


def _where(machine: Mapping[str, str], benches: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Measured by `make bench` on {machine['cores']} cores ({machine['cpu']}) with "
        f"{machine['memory_gib']} GiB, everything on the one machine, at {machine['at'][:10]} "
        f"(revision {machine['revision']})."
    )
    older = [
        name for name, about in benches.items() if about.get("revision") != machine["revision"]
    ]
    if older:
        yield f"Of an earlier revision: {', '.join(older)}."
    failed = [name for name, about in benches.items() if "failed" in about]
    if failed:
        yield f"Did not come through the last time: {', '.join(failed)}."


def _row(row: Mapping[str, Any]) -> tuple[str, str, str]:
    unit = f" {row['unit']}" if row["unit"] else ""
    sign, _, limit = row["target"].partition(" ")
    aimed = f"{sign} {_number(float(limit))}{unit}" if row["target"] else ""
    missed = ": missed" if row["met"] is False else ""
    name = row["headline"] or f"{row['bench']}: {row['name']}"
    return name, f"{_number(row['value'])}{unit}", aimed + missed


def _number(value: float) -> str:
    """Three digits that count; whole from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
