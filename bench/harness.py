"""What every benchmark needs: a figure and what it is held against, percentiles, the machine."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Args:
        target: what was aimed at, in words; empty when nothing was.
        met: whether it was reached; None without a target.
        headline: what the README calls it; empty where it does not show it.
    """

    bench: str
    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    headline: str = ""


def at_most(
    bench: str, name: str, value: float, unit: str, limit: float, headline: str = ""
) -> Figure:
    """A figure that should be small."""
    return Figure(bench, name, round(value, 3), unit, f"≤ {limit:g}", value <= limit, headline)


def at_least(
    bench: str, name: str, value: float, unit: str, limit: float, headline: str = ""
) -> Figure:
    """A figure that should be large."""
    return Figure(bench, name, round(value, 3), unit, f"≥ {limit:g}", value >= limit, headline)


def plain(bench: str, name: str, value: float, unit: str, headline: str = "") -> Figure:
    """A figure to know, without a target."""
    return Figure(bench, name, round(value, 3), unit, headline=headline)


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


def show(figures: Sequence[Figure]) -> None:
    """Print the figures, one line each."""
    for figure in figures:
        mark = {True: "reached", False: "MISSED", None: ""}[figure.met]
        value = f"{figure.value:,.2f} {figure.unit}"
        print(f"  {figure.name:<58} {value:>20}  {figure.target:<10} {mark}")


def _revision() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
