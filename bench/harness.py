"""What every benchmark needs: percentiles, the machine, a place for results."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Args:
        target: what was aimed at, in words; empty when nothing was.
        met: whether it was reached; None without a target.
    """

    bench: str
    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None


def at_most(bench: str, name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should be small."""
    return Figure(bench, name, round(value, 3), unit, f"≤ {limit:g}", value <= limit)


def at_least(bench: str, name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should be large."""
    return Figure(bench, name, round(value, 3), unit, f"≥ {limit:g}", value >= limit)


def plain(bench: str, name: str, value: float, unit: str) -> Figure:
    """A figure to know, without a target."""
    return Figure(bench, name, round(value, 3), unit)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the sorted values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "memory_gib": f"{memory_kib / 2**20:.0f}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "revision": _revision(),
    }


def save(figures: Sequence[Figure], facts: dict[str, str]) -> Path:
    """Write the results of one run as JSON and as a plot; the JSON's path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    known = {} if not path.exists() else json.loads(path.read_text())
    kept = [
        row for row in known.get("figures", []) if row["bench"] not in {f.bench for f in figures}
    ]
    rows = sorted([*kept, *(asdict(figure) for figure in figures)], key=lambda row: row["bench"])
    path.write_text(json.dumps({"machine": facts, "figures": rows}, indent=1) + "\n")
    (RESULTS / "latest.svg").write_text(_plot(rows))
    return path


def show(figures: Sequence[Figure]) -> None:
    """Print the figures, one line each."""
    for figure in figures:
        mark = {True: "reached", False: "MISSED", None: ""}[figure.met]
        value = f"{figure.value:,.2f} {figure.unit}"
        print(f"  {figure.name:<58} {value:>20}  {figure.target:<10} {mark}")


def _plot(rows: Sequence[dict[str, object]]) -> str:
    """Each figure with a target as a bar: the share of the target that was used or reached."""
    aimed = [row for row in rows if row["target"]]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1060" height="{26 * len(aimed) + 40}" '
        'font-family="sans-serif" font-size="12">',
        '<text x="10" y="18">figure, as a share of its target (the line)</text>',
        f'<line x1="840" x2="840" y1="26" y2="{26 * len(aimed) + 34}" stroke="#888"/>',
    ]
    for index, row in enumerate(aimed):
        sign, _, limit = str(row["target"]).partition(" ")
        share = min(2.0, float(str(row["value"])) / float(limit))
        y = 30 + 26 * index
        colour = "#2a7" if row["met"] else "#c43"
        label = f"{row['bench']}: {row['name']} = {row['value']} {row['unit']} ({sign} {limit})"
        lines.append(
            f'<rect x="640" y="{y}" width="{200 * share:.0f}" height="16" fill="{colour}"/>'
        )
        lines.append(f'<text x="10" y="{y + 13}">{label}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _revision() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
